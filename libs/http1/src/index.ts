export { HeadMemo } from './head-memo.ts';
export type { KeepAliveHint } from './keep-alive-hint.ts';
export { ProtocolViolation, type ViolationReason } from './protocol-violation.ts';
export type { RequestHeaders } from './request-fields.ts';
export { RequestSerializer, STREAMED, type RequestHead } from './request-serializer.ts';
export type { ResponseHead } from './response-head.ts';
export { ResponseParser, type ParserLimits, type ResponseSink } from './response-parser.ts';
