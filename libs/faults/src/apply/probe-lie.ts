import type { Interposer, Transport } from '#libs/pool';

/** Says of the next connection that is looked at that it is dead. Changes nothing on the wire that is had instead. */
export class ProbeLie implements Interposer {
  #state: 'ready' | 'told' | 'withdrawn' = 'ready';

  get wasTold(): boolean {
    return this.#state === 'told';
  }

  /** Whether the look that asks is the one to be lied to. */
  take(): boolean {
    if (this.#state !== 'ready') return false;
    this.#state = 'told';
    return true;
  }

  /** Nobody has looked in time: there was no idle connection to lie about. */
  withdraw(): void {
    if (this.#state === 'ready') this.#state = 'withdrawn';
  }

  interpose(inner: Transport): Transport {
    this.withdraw();
    return inner;
  }
}
