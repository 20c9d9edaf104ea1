import type { PlannedFault } from '#libs/campaign';
import type { Pool, Response } from '#libs/client';
import { PoolerError, type Clock, type ErrorKind } from '#libs/kernel';
import { waitUntil } from '../wait-until.ts';
import type { ClosableFaults } from './closable-faults.ts';

/** How long one answer of the supervisor may take, and the dial for it. */
export const ANSWER_MS = 2_000;
/** A supervisor gives a process 10 s to start; the rest is for the try after one that did not. */
const UP_MS = 15_000;
const LOOK_INTERVAL_MS = 50;
/** Failures that may be over at the next look. */
const PASSING: ReadonlySet<ErrorKind> = new Set(['connection', 'timeout']);
/** Its answers are a line; whatever speaks more is something else. */
const MAX_ANSWER_CHARS = 1_000;

export interface SupervisedFaultsOptions {
  /** http. A path in it comes before `/crash` and `/state`. */
  readonly controlUrl: URL;
  /** Sent as `Authorization: Bearer`. Default: none. Never shown. */
  readonly token?: string | undefined;
  /** To the origin of `controlUrl`. It is closed with the faults. */
  readonly pool: Pool;
  readonly clock: Clock;
}

interface Answer {
  readonly statusCode: number;
  readonly text: string;
}

/**
 * Crashes of a target, carried out by its supervisor: `POST /crash?outage=` begins one, which ends by itself, and
 * `GET /state` tells when the target is up again. Every error says what was asked and what was answered.
 */
export class SupervisedFaults implements ClosableFaults {
  readonly #options: SupervisedFaultsOptions;
  /** What stands before the routes. */
  readonly #basePath: string;
  readonly #closing = new AbortController();

  constructor(options: SupervisedFaultsOptions) {
    this.#options = options;
    this.#basePath = options.controlUrl.pathname.replace(/\/$/, '');
  }

  async apply({ startMs, endMs }: PlannedFault): Promise<void> {
    const answer = await this.#ask('POST', `/crash?outage=${endMs - startMs}ms`);
    if (answer.statusCode !== 202) throw this.#refusal('POST', '/crash', answer);
  }

  async remove(): Promise<void> {
    await this.#awaitUp();
  }

  async removeAll(): Promise<void> {
    await this.#awaitUp();
  }

  /** Gives up what still waits. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#options.pool.destroy();
  }

  /** An outage is over when the supervisor says so, or it is an error. */
  async #awaitUp(): Promise<void> {
    const { clock } = this.#options;
    const giveUpAtMs = clock.nowMs() + UP_MS;
    for (;;) {
      const found = await this.#look();
      if (found === 'up') return;
      if (clock.nowMs() >= giveUpAtMs || this.#closing.signal.aborted) {
        throw new Error(
          `${this.#urlOf('/state')} did not say up within ${UP_MS} ms, at last: ${oneLine(found)}`,
        );
      }
      await waitUntil(clock, clock.nowMs() + LOOK_INTERVAL_MS, this.#closing.signal);
    }
  }

  /** The state that the supervisor tells, or why it told none; its network may come back. */
  async #look(): Promise<string> {
    let answer: Answer;
    try {
      answer = await this.#ask('GET', '/state');
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (cause instanceof PoolerError && PASSING.has(cause.kind)) return cause.message;
      throw error;
    }
    const state = answer.statusCode === 200 ? fieldOf(answer.text, 'state') : undefined;
    if (state === undefined) throw this.#refusal('GET', '/state', answer);
    return state;
  }

  async #ask(method: 'GET' | 'POST', path: string): Promise<Answer> {
    const { token, pool } = this.#options;
    try {
      const response = await pool.request({
        method,
        path: `${this.#basePath}${path}`,
        headers: token === undefined ? undefined : { authorization: `Bearer ${token}` },
        attemptTimeoutMs: ANSWER_MS,
      });
      return { statusCode: response.statusCode, text: await beginningOf(response) };
    } catch (cause) {
      throw new Error(`${method} ${this.#urlOf(path)} was not answered`, { cause });
    }
  }

  #refusal(method: string, path: string, { statusCode, text }: Answer): Error {
    const said = oneLine(fieldOf(text, 'error') ?? text);
    return new Error(`${method} ${this.#urlOf(path)} was answered with ${statusCode}: ${said}`);
  }

  #urlOf(path: string): string {
    return `${this.#options.controlUrl.origin}${this.#basePath}${path}`;
  }
}

async function beginningOf({ body }: Response): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += chunk.toString('latin1');
    if (text.length > MAX_ANSWER_CHARS) return text.slice(0, MAX_ANSWER_CHARS);
  }
  return text;
}

/** A text in a JSON object, if it is one and has it. */
function fieldOf(json: string, field: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  return typeof found === 'string' ? found : undefined;
}

/** Whatever answered there: it ends up in a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ');
}
