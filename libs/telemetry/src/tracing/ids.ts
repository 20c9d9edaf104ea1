import type { Rng } from '#libs/kernel';

/** Makes the ids of traces and spans: lowercase hex, never all zero (W3C Trace Context, sections 3.2.2.3 and 3.2.2.4). */
export class TraceIds {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** 16 random bytes. */
  trace(): string {
    return this.#words(4);
  }

  /** 8 random bytes. */
  span(): string {
    return this.#words(2);
  }

  #words(count: number): string {
    let hex = '';
    for (let i = 1; i < count; i += 1) hex += word(this.#rng.next() * 2 ** 32);
    // The last one is 1 or more, so the whole is not zero.
    return hex + word(1 + this.#rng.next() * (2 ** 32 - 1));
  }
}

function word(value: number): string {
  return Math.floor(value).toString(16).padStart(8, '0');
}
