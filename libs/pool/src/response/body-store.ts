import { Buffer } from 'node:buffer';

/** A body announced up to this size gets its memory with its first bytes; a larger announcement has to prove itself. */
const TRUSTED_BYTES = 1024 * 1024;
/** From this size on a body has memory of its own, so that `arrayBuffer()` can give it away without a copy. */
const OWN_MEMORY_BYTES = 4 * 1024;

/** Keeps the bytes of a body that nobody has taken yet. Every byte is copied once, out of the shared read buffer. */
export class BodyStore {
  /** Until bytes come; they may never. */
  #announcedBytes: number | undefined;
  /** Memory of the announced length, filled up to `#length`; undefined when pieces are kept instead. */
  #whole: Buffer | undefined;
  #pieces: Buffer[] | undefined;
  #length = 0;

  constructor(contentLength: number | undefined) {
    this.#announcedBytes = contentLength;
  }

  get length(): number {
    return this.#length;
  }

  append(buffer: Buffer, start: number, end: number): void {
    if (this.#announcedBytes !== undefined) {
      this.#whole = memoryFor(this.#announcedBytes);
      this.#announcedBytes = undefined;
    }
    if (this.#whole) buffer.copy(this.#whole, this.#length, start, end);
    else (this.#pieces ??= []).push(Buffer.from(buffer.subarray(start, end)));
    this.#length += end - start;
  }

  /** The bytes kept so far; they are the caller's, and the store is empty. */
  take(): Buffer {
    const taken = this.#joined();
    this.#announcedBytes = undefined;
    this.#whole = undefined;
    this.#pieces = undefined;
    this.#length = 0;
    return taken;
  }

  #joined(): Buffer {
    const whole = this.#whole;
    if (whole) return whole.length === this.#length ? whole : whole.subarray(0, this.#length);
    const [first, second] = this.#pieces ?? [];
    if (first && !second) return first;
    return Buffer.concat(this.#pieces ?? [], this.#length);
  }
}

function memoryFor(announcedBytes: number): Buffer | undefined {
  if (announcedBytes > TRUSTED_BYTES) return undefined;
  return announcedBytes < OWN_MEMORY_BYTES
    ? Buffer.allocUnsafe(announcedBytes)
    : Buffer.allocUnsafeSlow(announcedBytes);
}
