/** A chunk's size has at most 8 digits here, 4 GiB: a longer one is no HTTP that we would want to know. */
const MAX_SIZE_DIGITS = 8;
const CR = 0x0d;
const LF = 0x0a;

/**
 * Finds the end of a chunked body (RFC 9112 section 7.1) in bytes that come in any pieces. It changes nothing and keeps
 * nothing but where it stands.
 */
export class ChunkedBody {
  #state: 'size' | 'extension' | 'data' | 'data-end' | 'trailer' | 'last-line' = 'size';
  #size = 0;
  #digits = 0;
  #left = 0;
  #lineBytes = 0;

  /** Returns how many of the bytes from `from` belong to the body, and whether it ends with them. */
  scan(
    bytes: Buffer,
    from: number,
  ): { readonly until: number; readonly end: 'open' | 'complete' | 'broken' } {
    let at = from;
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#state = 'data-end';
        continue;
      }
      const end = this.#onByte(bytes[at] ?? 0);
      at += 1;
      if (end !== 'open') return { until: at, end };
    }
    return { until: at, end: 'open' };
  }

  #onByte(byte: number): 'open' | 'complete' | 'broken' {
    switch (this.#state) {
      case 'size':
        return this.#onSize(byte);
      case 'extension':
        if (byte === LF) this.#onSizeLine();
        return 'open';
      case 'data-end':
        if (byte === LF) this.#state = 'size';
        return byte === LF || byte === CR ? 'open' : 'broken';
      case 'trailer':
        return this.#onTrailer(byte);
      case 'last-line':
        return byte === LF ? 'complete' : 'broken';
      case 'data':
        break;
    }
    return 'broken';
  }

  #onSize(byte: number): 'open' | 'broken' {
    const digit = hexOf(byte);
    if (digit !== undefined) {
      this.#size = this.#size * 16 + digit;
      this.#digits += 1;
      return this.#digits <= MAX_SIZE_DIGITS ? 'open' : 'broken';
    }
    if (this.#digits === 0) return 'broken';
    if (byte === LF) this.#onSizeLine();
    else this.#state = 'extension';
    return 'open';
  }

  #onSizeLine(): void {
    this.#left = this.#size;
    this.#state = this.#size === 0 ? 'trailer' : 'data';
    this.#size = 0;
    this.#digits = 0;
    this.#lineBytes = 0;
  }

  #onTrailer(byte: number): 'open' | 'complete' {
    if (this.#lineBytes === 0 && byte === LF) return 'complete';
    if (this.#lineBytes === 0 && byte === CR) this.#state = 'last-line';
    else this.#lineBytes = byte === LF ? 0 : this.#lineBytes + 1;
    return 'open';
  }
}

function hexOf(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : undefined;
}
