import type { PlannedFault } from '#libs/campaign';
import { PoolerError, type Clock, type ErrorKind } from '#libs/kernel';
import type { OuterFaults } from '#libs/run';
import { waitUntil } from '../wait-until.ts';
import { textIn, oneLine, type ControlAnswer, type ControlClient } from './control-client.ts';

/** A supervisor gives a process 10 s to start; the rest is for the try after one that did not. */
const UP_MS = 15_000;
const LOOK_INTERVAL_MS = 50;
/** Failures that may be over at the next look. */
const PASSING: ReadonlySet<ErrorKind> = new Set(['connection', 'timeout']);

/**
 * Crashes of a target, carried out by its supervisor: `POST /crash?outage=` begins one, which ends by itself, and
 * `GET /state` tells when the target is up again.
 */
export class SupervisedFaults implements OuterFaults {
  readonly #control: ControlClient;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;

  /** @param closing gives up what still waits */
  constructor(control: ControlClient, clock: Clock, closing: AbortSignal) {
    this.#control = control;
    this.#clock = clock;
    this.#closing = closing;
  }

  async apply({ startMs, endMs }: PlannedFault): Promise<void> {
    const answer = await this.#control.ask('POST', `/crash?outage=${endMs - startMs}ms`);
    if (answer.statusCode !== 202) throw this.#control.refusal('POST', '/crash', answer);
  }

  async remove(): Promise<void> {
    await this.#awaitUp();
  }

  async removeAll(): Promise<void> {
    await this.#awaitUp();
  }

  /** An outage is over when the supervisor says so, or it is an error. */
  async #awaitUp(): Promise<void> {
    const clock = this.#clock;
    const giveUpAtMs = clock.nowMs() + UP_MS;
    for (;;) {
      const found = await this.#look();
      if (found === 'up') return;
      if (clock.nowMs() >= giveUpAtMs || this.#closing.aborted) {
        const url = this.#control.urlOf('/state');
        throw new Error(`${url} did not say up within ${UP_MS} ms, at last: ${oneLine(found)}`);
      }
      await waitUntil(clock, clock.nowMs() + LOOK_INTERVAL_MS, this.#closing);
    }
  }

  /** The state that the supervisor tells, or why it told none; its network may come back. */
  async #look(): Promise<string> {
    let answer: ControlAnswer;
    try {
      answer = await this.#control.ask('GET', '/state');
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (cause instanceof PoolerError && PASSING.has(cause.kind)) return cause.message;
      throw error;
    }
    const state = answer.statusCode === 200 ? textIn(answer.text, 'state') : undefined;
    if (state === undefined) throw this.#control.refusal('GET', '/state', answer);
    return state;
  }
}
