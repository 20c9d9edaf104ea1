import { CR, LF } from './char-class.ts';
import { framingOf, type Framing } from './framing.ts';
import type { ResponseHead } from './response-head.ts';

/** A head of which nothing is left to find out. */
export interface KnownHead {
  /** Its bytes, up to and with the empty line. */
  readonly bytes: Buffer;
  readonly head: ResponseHead;
  /** Of the answer to any method but HEAD. */
  readonly framing: Framing;
}

/** Only one head in so many unknown ones is kept: where heads differ all the time, keeping each would be for nothing. */
const KEEP_EVERY = 8;
/** Longer heads are rare and not worth the memory. */
const MAX_KEPT_BYTES = 2048;

/**
 * Remembers the last final head of an origin. A server's heads repeat but for the date, which changes once a second: to
 * compare a head with the last one costs a tenth of reading it. Same bytes, same meaning: nothing else decides.
 */
export class HeadMemo {
  #known: KnownHead | undefined;
  #misses = 0;

  /** The known head that the bytes from `start` begin with, if they do. Its `rawHeaders` are shared, and frozen. */
  find(buffer: Buffer, start: number, end: number): KnownHead | undefined {
    const known = this.#known;
    if (!known) return undefined;
    const stop = start + known.bytes.length;
    // Most heads that differ are of another length.
    if (stop > end || buffer[stop - 1] !== LF || buffer[stop - 2] !== CR || buffer[stop - 3] !== LF)
      return undefined;
    return buffer.compare(known.bytes, 0, known.bytes.length, start, stop) === 0 ? known : undefined;
  }

  /** A final head that was not known, with the bytes that it was read from. */
  onUnknown(head: ResponseHead, buffer: Buffer, start: number, end: number): void {
    this.#misses += 1;
    if (this.#misses % KEEP_EVERY !== 1 || end - start > MAX_KEPT_BYTES) return;
    Object.freeze(head.rawHeaders);
    this.#known = { bytes: Buffer.from(buffer.subarray(start, end)), head, framing: framingOf(head, false) };
  }
}
