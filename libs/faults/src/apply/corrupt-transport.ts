import type { Transport } from '#libs/pool';
import { HeadEnd } from './head-end.ts';
import { PassThroughTransport } from './pass-through-transport.ts';

/** Of the first byte: what was ASCII is no more, or is another letter. */
const WRONG_BIT = { head: 0x80, body: 0x01 } as const;

/** Turns one bit around, of the first byte of the answer or of the first behind its head. */
export class CorruptTransport extends PassThroughTransport {
  readonly #place: 'head' | 'body';
  readonly #head = new HeadEnd();
  #isDone = false;

  constructor(inner: Transport, place: 'head' | 'body') {
    super(inner);
    this.#place = place;
  }

  override onBytes(buffer: Buffer, length: number): void {
    const index = this.#place === 'head' ? 0 : this.#head.headBytes(buffer, length);
    if (!this.#isDone && index < length) {
      this.#isDone = true;
      // The bytes are lent for this call, and ours in it.
      buffer[index] = (buffer[index] ?? 0) ^ WRONG_BIT[this.#place];
    }
    this.handler.onBytes(buffer, length);
  }
}
