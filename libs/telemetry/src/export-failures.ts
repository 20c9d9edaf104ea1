import { constants } from 'node:os';
import type { Clock } from '#libs/kernel';

const LINE_EVERY_MS = 60_000;

/** Counts what could not be delivered, and says so at most once a minute: a dead collector must not flood the log. */
export class ExportFailures {
  readonly #clock: Clock;
  readonly #writeLine: (line: string) => void;
  readonly #collector: string;
  #count = 0;
  #nextLineAtMs = -Infinity;

  /** @param endpoint of the collector; of it only scheme, host and port are ever shown */
  constructor(endpoint: string, clock: Clock, writeLine: (line: string) => void) {
    this.#clock = clock;
    this.#writeLine = writeLine;
    this.#collector = URL.canParse(endpoint) ? new URL(endpoint).origin : 'the collector';
  }

  get count(): number {
    return this.#count;
  }

  /** @param message what the SDK says of it. It may hold headers and answers, so only a known error name is shown. */
  add(message: string): void {
    this.#count += 1;
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#nextLineAtMs) return;
    this.#nextLineAtMs = nowMs + LINE_EVERY_MS;
    const errno = message.match(/\bE[A-Z0-9]+\b/g)?.find((word) => word in constants.errno);
    const why = errno === undefined ? '' : ` (${errno})`;
    this.#writeLine(`telemetry: delivery to ${this.#collector} failed${why}, ${this.#count} times so far`);
  }
}
