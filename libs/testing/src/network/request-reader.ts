import { Buffer } from 'node:buffer';

/** A request as a server reads it. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Hears the requests of one connection. */
export interface RequestListener {
  onHead?(head: RequestHead): void;
  /** The last byte of its body is there, latin1. */
  onRequest(head: RequestHead, body: string): void;
}

/** Reads requests with a `Content-Length` or none from the bytes of one connection. A bad one throws: our client sent it. */
export class RequestReader {
  readonly #listener: RequestListener;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #head: RequestHead | undefined;
  /** Bytes that the body has in all. */
  #bodyBytes = 0;

  constructor(listener: RequestListener) {
    this.#listener = listener;
  }

  /** Whether a request has begun and is not whole yet. */
  get isInside(): boolean {
    return this.#head !== undefined || this.#unreadBytes > 0;
  }

  read(bytes: Buffer): void {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    while (this.#readHead() && this.#readBody());
  }

  #readHead(): boolean {
    if (this.#head) return true;
    const unread = this.#joined();
    const end = unread.indexOf('\r\n\r\n', 0, 'latin1');
    if (end < 0) return false;
    this.#head = headOf(unread.toString('latin1', 0, end));
    this.#bodyBytes = Number(this.#head.fields.get('content-length') ?? 0);
    this.#keep(unread.subarray(end + 4));
    this.#listener.onHead?.(this.#head);
    return true;
  }

  #readBody(): boolean {
    const head = this.#head;
    if (!head || this.#unreadBytes < this.#bodyBytes) return false;
    const unread = this.#joined();
    this.#keep(unread.subarray(this.#bodyBytes));
    this.#head = undefined;
    this.#listener.onRequest(head, unread.toString('latin1', 0, this.#bodyBytes));
    return true;
  }

  #joined(): Buffer {
    const [first, second] = this.#unread;
    return first && !second ? first : Buffer.concat(this.#unread);
  }

  #keep(rest: Buffer): void {
    this.#unread = rest.length > 0 ? [rest] : [];
    this.#unreadBytes = rest.length;
  }
}

function headOf(text: string): RequestHead {
  const [requestLine = '', ...lines] = text.split('\r\n');
  const [, method, path] = /^([A-Z]+) (\/\S*) HTTP\/1\.1$/.exec(requestLine) ?? [];
  if (method === undefined || path === undefined) throw new Error(`no request line: ${requestLine}`);
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { method, path, fields };
}
