import type { Clock } from '#libs/kernel';
import type { Interposer, Transport } from '#libs/pool';
import { PASS, type Verdict } from '../verdict.ts';
import { interposerFor } from './interposer.ts';

/** Decides only when an exchange has its connection, by the number of that. */
export class ConnectionFault implements Interposer {
  readonly #decide: (connectionId: number) => Verdict;
  readonly #clock: Clock;
  #verdict: Verdict = PASS;

  constructor(decide: (connectionId: number) => Verdict, clock: Clock) {
    this.#decide = decide;
    this.#clock = clock;
  }

  /** `pass` before there is a connection. */
  get verdict(): Verdict {
    return this.#verdict;
  }

  interpose(inner: Transport, connectionId: number): Transport {
    this.#verdict = this.#decide(connectionId);
    return interposerFor(this.#verdict, this.#clock)?.interpose(inner, connectionId) ?? inner;
  }
}
