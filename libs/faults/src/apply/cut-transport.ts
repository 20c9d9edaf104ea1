import type { Transport } from '#libs/pool';
import { HeadEnd } from './head-end.ts';
import { PassThroughTransport } from './pass-through-transport.ts';
import { systemError } from './system-error.ts';

/**
 * Where the answer ends: half way through the first piece that comes of it, half way through its head, before its body, or
 * half way through the first piece of its body.
 */
export type CutPlace = 'in-first-piece' | 'in-head' | 'before-body' | 'in-body';

/** Ends the wire in the middle of the answer, by RST or FIN. An answer without a body has no place in its body. */
export class CutTransport extends PassThroughTransport {
  readonly #place: CutPlace;
  readonly #how: 'reset' | 'end';
  readonly #head = new HeadEnd();

  constructor(inner: Transport, place: CutPlace, how: 'reset' | 'end') {
    super(inner);
    this.#place = place;
    this.#how = how;
  }

  override onBytes(buffer: Buffer, length: number): void {
    const headBytes = this.#head.headBytes(buffer, length);
    const passing = this.#passing(headBytes, length - headBytes);
    if (passing === undefined) return this.handler.onBytes(buffer, length);
    if (passing > 0) this.handler.onBytes(buffer, passing);
    // What came may have been enough for the owner of the wire, one way or the other.
    return this.isOver ? undefined : this.#cut();
  }

  /** How many bytes still pass before the cut; `undefined` when it is not there yet. */
  #passing(headBytes: number, bodyBytes: number): number | undefined {
    if (this.#place === 'in-first-piece') return Math.floor((headBytes + bodyBytes) / 2);
    if (this.#place === 'in-head') return Math.floor(headBytes / 2);
    if (this.#place === 'before-body') return this.#head.isPast ? headBytes : undefined;
    return bodyBytes > 0 ? headBytes + Math.floor(bodyBytes / 2) : undefined;
  }

  #cut(): void {
    if (this.#how === 'reset') return this.breakOff(systemError('read', 'ECONNRESET'));
    this.end();
    return this.handler.onEnd();
  }
}
