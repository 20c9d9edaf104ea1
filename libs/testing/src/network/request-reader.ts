import { Buffer } from 'node:buffer';
import { ChunkedBody } from './chunked-body.ts';

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

/**
 * Reads requests with a `Content-Length`, in chunks or without a body from the bytes of one connection. A bad one throws:
 * our client sent it.
 */
export class RequestReader {
  readonly #listener: RequestListener;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #head: RequestHead | undefined;
  /** Of the present request, where its body comes in chunks. */
  #chunks: ChunkedBody | undefined;
  /** Bytes that the body has in all, where it says so. */
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
    const { fields } = this.#head;
    this.#chunks = fields.get('transfer-encoding') === 'chunked' ? new ChunkedBody() : undefined;
    this.#bodyBytes = Number(fields.get('content-length') ?? 0);
    this.#keep(unread.subarray(end + 4));
    this.#listener.onHead?.(this.#head);
    return true;
  }

  #readBody(): boolean {
    const head = this.#head;
    const body = this.#chunks ? this.#readChunks(this.#chunks) : this.#readLength();
    if (!head || body === undefined) return false;
    this.#head = undefined;
    this.#listener.onRequest(head, body);
    return true;
  }

  #readChunks(chunks: ChunkedBody): string | undefined {
    const whole = chunks.read(this.#joined().toString('latin1'));
    this.#keep(Buffer.from(whole?.rest ?? '', 'latin1'));
    return whole?.body;
  }

  #readLength(): string | undefined {
    if (this.#unreadBytes < this.#bodyBytes) return undefined;
    const unread = this.#joined();
    this.#keep(unread.subarray(this.#bodyBytes));
    return unread.toString('latin1', 0, this.#bodyBytes);
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
