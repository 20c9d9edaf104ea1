const EMPTY_LINE = '\r\n\r\n';

/** Finds where the head of a response ends (RFC 9112 section 2.1), in whatever pieces it comes. */
export class HeadEnd {
  /** Bytes of the empty line that have come in a row, so far; all of them when the head is over. */
  #matched = 0;

  /** How many of the first `length` bytes are of the head. */
  headBytes(buffer: Buffer, length: number): number {
    for (let index = 0; index < length; index += 1) {
      if (this.#matched === EMPTY_LINE.length) return index;
      const byte = buffer[index];
      if (byte === EMPTY_LINE.charCodeAt(this.#matched)) this.#matched += 1;
      else this.#matched = byte === EMPTY_LINE.charCodeAt(0) ? 1 : 0;
    }
    return length;
  }

  get isPast(): boolean {
    return this.#matched === EMPTY_LINE.length;
  }
}
