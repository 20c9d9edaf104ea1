import { ProtocolViolation } from './protocol-violation.ts';

/** What is left of the bytes that one response may spend on heads, chunk extensions and trailers. */
export class ByteBudget {
  readonly #limitBytes: number;
  #leftBytes: number;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#leftBytes = limitBytes;
  }

  reset(): void {
    this.#leftBytes = this.#limitBytes;
  }

  /** How many of `bytes` (at least 1) may be read now. Throws the violation `head-too-large` when none may. */
  grant(bytes: number): number {
    if (this.#leftBytes === 0) throw new ProtocolViolation('head-too-large');
    return Math.min(bytes, this.#leftBytes);
  }

  /** Throws the violation `head-too-large` when fewer than `bytes` are left. */
  spend(bytes: number): void {
    if (bytes > this.#leftBytes) throw new ProtocolViolation('head-too-large');
    this.#leftBytes -= bytes;
  }
}
