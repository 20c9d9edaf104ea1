import type { VirtualTransport } from '#libs/testing';
import type { FuzzRequest } from './fuzz-request.ts';

/** Watches that a body which nobody will ever read holds its connection no longer than it may. */
export class UnreadBodies {
  readonly #limitMs: number;
  readonly #found: (sentence: string) => void;
  /** Which request a wire carries. */
  readonly #carried = new WeakMap<VirtualTransport, FuzzRequest>();
  /** Since when reading has been seen stopped. */
  readonly #sinceMs = new WeakMap<VirtualTransport, number>();

  constructor(limitMs: number, found: (sentence: string) => void) {
    this.#limitMs = limitMs;
    this.#found = found;
  }

  onWritten(request: FuzzRequest, transport: VirtualTransport): void {
    this.#carried.set(transport, request);
    this.#sinceMs.delete(transport);
  }

  look(transport: VirtualTransport, nowMs: number): void {
    const request = this.#carried.get(transport);
    const isIgnored = request?.reading === 'ignore' && !request.isPending;
    // That fault stops reading by itself.
    if (!isIgnored || !transport.isPaused || request.verdict === 'slow-read') {
      this.#sinceMs.delete(transport);
      return;
    }
    const sinceMs = this.#sinceMs.get(transport) ?? nowMs;
    this.#sinceMs.set(transport, sinceMs);
    if (nowMs > sinceMs + this.#limitMs)
      this.#found(`${request.token} has held its connection since ${sinceMs} with a body that nobody reads`);
  }
}
