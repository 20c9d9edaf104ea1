const CRLF = '\r\n';

/** A body that came to its end, and what stands behind it. */
export interface WholeBody {
  readonly body: string;
  readonly rest: string;
}

/** Reads one chunked body (RFC 9112 section 7.1) as our client sends it, without extensions and trailers. Others throw. */
export class ChunkedBody {
  #body = '';
  #unread = '';

  /** Text is latin1. Returns `undefined` until the last chunk is there. */
  read(text: string): WholeBody | undefined {
    this.#unread += text;
    for (;;) {
      const lineEnd = this.#unread.indexOf(CRLF);
      if (lineEnd < 0) return undefined;
      const start = lineEnd + CRLF.length;
      const end = start + sizeOf(this.#unread.slice(0, lineEnd));
      if (this.#unread.length < end + CRLF.length) return undefined;
      const rest = this.#unread.slice(end + CRLF.length);
      if (this.#unread.slice(end, end + CRLF.length) !== CRLF)
        throw new Error('a chunk is longer than it says');
      if (end === start) return { body: this.#body, rest };
      this.#body += this.#unread.slice(start, end);
      this.#unread = rest;
    }
  }
}

function sizeOf(line: string): number {
  if (/^[0-9a-f]+$/.test(line)) return Number.parseInt(line, 16);
  throw new Error(`no size of a chunk: ${line}`);
}
