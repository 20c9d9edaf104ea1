import type { ViolationReason } from '#libs/http1';

/** A response that Node's parser (llhttp, strict) reads in another way than we do, and why we stay with ours. */
export interface Difference {
  readonly example: string;
  readonly why: string;
}

/** What we refuse and Node takes, by the reason that we give. */
export const STRICTER: Readonly<Partial<Record<ViolationReason, Difference>>> = {
  'bad-status-line': {
    example: 'ICE/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    why: 'we speak HTTP only, and an empty line before a status line is not ours to skip',
  },
  'bad-version': {
    example: 'HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    why: 'only HTTP/1.0 and HTTP/1.1 have a head like this',
  },
  'bad-status-code': {
    example: 'HTTP/1.1 000 OK\r\nContent-Length: 5\r\n\r\nhello',
    why: 'a status is 100 to 999 (RFC 9110 section 15)',
  },
  'bad-reason-phrase': {
    example: 'HTTP/1.1 200 O\x01\r\nContent-Length: 5\r\n\r\nhello',
    why: 'a reason phrase has no control bytes (RFC 9112 section 4)',
  },
  'bad-chunk-extension': {
    example: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;=b\r\nhello\r\n0\r\n\r\n',
    why: 'an extension has a name (RFC 9112 section 7.1.1)',
  },
  'unsupported-transfer-encoding': {
    example: 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: gzip\r\n\r\n',
    why: 'no coding but one chunked is understood: we never ask for another',
  },
  'transfer-encoding-in-http-1.0': {
    example: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    why: 'its framing is faulty (RFC 9112 section 6.1)',
  },
  'informational-with-body': {
    example:
      'HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    why: 'it ends in one place for one reader and in another for another',
  },
  'informational-before-close': {
    example:
      'HTTP/1.0 100 Continue\r\nConnection: keep-alive\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    why: 'HTTP/1.0 has no informational responses (RFC 9110 section 15.2)',
  },
  'unexpected-upgrade': {
    example: 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    why: 'we never ask for an upgrade, so none can be meant for us',
  },
  'forbidden-trailer': {
    example:
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nConnection: close\r\n\r\n',
    why: 'framing and routing must not come behind the body (RFC 9110 section 6.5.1)',
  },
};

/** What both take, and read otherwise: recognised by its bytes. */
export const READ_OTHERWISE: ReadonlyArray<Difference & { readonly pattern: RegExp }> = [
  {
    pattern: /\r\ntransfer-encoding:[ \t]*chunked *\t[ \t]*\r\n/i,
    example: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    why: 'a tab behind a field value is no part of it (RFC 9110 section 5.5); llhttp then reads until the end of the connection',
  },
];
