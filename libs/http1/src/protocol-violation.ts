import { LF } from './char-class.ts';

/** Everything a response can do wrong, with the sentence that says so. A reason never changes its meaning. */
const VIOLATIONS = {
  'bad-status-line': 'the response does not start with HTTP/',
  'bad-version': 'the version is neither HTTP/1.0 nor HTTP/1.1, followed by one space',
  'bad-status-code':
    'the status code is not three digits from 100 to 999, followed by a space or the end of the line',
  'bad-reason-phrase': 'the reason phrase holds a control byte',
  'bare-lf': 'a line ends in LF without CR',
  'bare-cr': 'a CR is not followed by LF',
  'obs-fold': 'a line of the head starts with a space or a tab',
  'bad-field-name': 'a field name is empty or holds a byte that no token may hold',
  'space-before-colon': 'a space or a tab stands between a field name and its colon',
  'bad-field-value': 'a field value holds a control byte',
  'head-too-large': 'the heads, chunk extensions and trailers of the response exceed maxHeaderBytes',
  'too-many-fields': 'a head or the trailers hold more fields than maxHeaderCount',
  'bad-content-length': 'Content-Length is not one decimal number up to 2^53 - 1',
  'repeated-content-length': 'Content-Length is given more than once',
  'content-length-with-transfer-encoding': 'both Content-Length and Transfer-Encoding are given',
  'unsupported-transfer-encoding': 'Transfer-Encoding is not exactly one chunked',
  'transfer-encoding-in-http-1.0': 'an HTTP/1.0 response has a Transfer-Encoding',
  'unexpected-upgrade': 'the peer switches protocols (101), which nobody asked for',
  'informational-with-body': 'an informational response announces a body',
  'informational-before-close': 'an informational response says that nothing follows it',
  'bad-chunk-size': 'a chunk size is not 1 to 16 hexadecimal digits with a value up to 2^53 - 1',
  'bad-chunk-extension': 'a chunk extension breaks the grammar',
  'bad-chunk-end': 'the data of a chunk is not followed by CRLF',
  'forbidden-trailer': 'a trailer field would change how the message is framed or routed',
  truncated: 'the peer closed the connection before the response was complete',
} as const;

/** A short stable name of what the peer did wrong. */
export type ViolationReason = keyof typeof VIOLATIONS;

/**
 * The peer broke HTTP/1.1 in a way that could desynchronise the connection, which must not be used any more.
 * `truncated` is the one reason that is no misbehaviour but a connection closed too early.
 */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
  readonly reason: ViolationReason;

  constructor(reason: ViolationReason) {
    super(VIOLATIONS[reason]);
    this.reason = reason;
  }
}

/** Throws for a wrong byte inside a line: a LF there is a line without CR, whatever else was expected. */
export function refuseByte(byte: number, otherwise: ViolationReason): never {
  throw new ProtocolViolation(byte === LF ? 'bare-lf' : otherwise);
}
