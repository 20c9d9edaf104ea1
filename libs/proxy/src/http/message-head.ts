/** The head of a request or of a response, as far as a fault must know it. */
export interface MessageHead {
  /** `GET`, `/path`, `HTTP/1.1` of a request; `HTTP/1.1`, `200`, the reason of a response. */
  readonly startLine: readonly [string, string, string];
  /** By their names in small letters; the values of repeated fields joined by commas. */
  readonly fields: ReadonlyMap<string, string>;
}

/** What a start line must look like: RFC 9112 sections 3 and 4. */
export const START_LINES = {
  request: /^([!#$%&'*+.^_`|~\w-]{1,24}) (\S+) (HTTP\/1\.[01])$/,
  response: /^(HTTP\/1\.[01]) (\d{3})(?: (.*))?$/,
} as const;

/** What may still become a start line when more bytes come. */
const BEGINNINGS = {
  request: /^[!#$%&'*+.^_`|~\w-]{0,24}(?: [\x21-\x7e\x80-\xff]*(?: [HTP/1.0]*)?)?\r?$/,
  response: /^(?:HTTP\/1\.[01] .*|H?T{0,2}P?\/?1?\.?[01]?)$/s,
} as const;

export type MessageKind = keyof typeof START_LINES;

/** Whether bytes without a line end can be the beginning of such a message. */
export function mayBegin(kind: MessageKind, text: string): boolean {
  return BEGINNINGS[kind].test(text);
}

/** Reads a head up to and without its empty line. Returns `undefined` when it is none. */
export function parseHead(kind: MessageKind, text: string): MessageHead | undefined {
  const [startLine = '', ...lines] = text.split('\r\n');
  const match = START_LINES[kind].exec(startLine);
  if (!match) return undefined;
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) return undefined;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { startLine: [match[1] ?? '', match[2] ?? '', match[3] ?? ''], fields };
}

/** How the end of a message is found. */
export type BodyFraming =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** A response without a length: all that comes. */
  | { readonly kind: 'until-close' }
  /** From here on the connection speaks another protocol. */
  | { readonly kind: 'tunnel' }
  /** It contradicts itself. */
  | { readonly kind: 'broken' };

const NO_BODY: BodyFraming = { kind: 'length', bytes: 0 };

/** The framing of a request (RFC 9112 section 6.3). After CONNECT nobody knows: its client waits for the answer anyway. */
export function requestFraming({ fields }: MessageHead): BodyFraming {
  return fieldFraming(fields) ?? NO_BODY;
}

/** The framing of the response to a request with `method` (RFC 9112 section 6.3). */
export function responseFraming({ startLine, fields }: MessageHead, method: string): BodyFraming {
  const statusCode = Number(startLine[1]);
  if (statusCode === 101 || (method === 'CONNECT' && statusCode >= 200 && statusCode < 300)) {
    return { kind: 'tunnel' };
  }
  if (method === 'HEAD' || statusCode < 200 || statusCode === 204 || statusCode === 304) return NO_BODY;
  return fieldFraming(fields) ?? { kind: 'until-close' };
}

function fieldFraming(fields: ReadonlyMap<string, string>): BodyFraming | undefined {
  const coding = fields.get('transfer-encoding');
  if (coding !== undefined)
    return coding.toLowerCase() === 'chunked' ? { kind: 'chunked' } : { kind: 'broken' };
  const length = fields.get('content-length');
  if (length === undefined) return undefined;
  return /^\d{1,15}$/.test(length) ? { kind: 'length', bytes: Number(length) } : { kind: 'broken' };
}
