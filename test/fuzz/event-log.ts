import type { Clock } from '#libs/kernel';

const KEPT = 60;

/** The last events of a run, and a digest of all: two runs are the same when their digests are. */
export class EventLog {
  readonly #clock: Clock;
  readonly #last: string[] = [];
  #count = 0;
  /** FNV-1a, 32 bits. */
  #digest = 0x811c9dc5;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get digest(): string {
    return this.#digest.toString(16).padStart(8, '0');
  }

  note(event: string): void {
    const line = `${this.#clock.nowMs().toFixed(3)} ${event}`;
    for (let i = 0; i < line.length; i += 1) {
      this.#digest = Math.imul(this.#digest ^ line.charCodeAt(i), 0x01000193) >>> 0;
    }
    this.#last[this.#count % KEPT] = line;
    this.#count += 1;
  }

  /** From the oldest kept to the newest. */
  last(): string[] {
    const cut = this.#count % KEPT;
    return [...this.#last.slice(cut), ...this.#last.slice(0, cut)];
  }
}
