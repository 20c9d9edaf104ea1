export type { RequestHeaders } from '#libs/http1';
export type { ActiveProbeOptions } from './active-probe-options.ts';
export { ConnectionLimit } from './connection-limit.ts';
export type { CloseReason } from './connection-state.ts';
export type { Exchange, ExchangeRequest } from './exchange.ts';
export { checkFitsFdLimit, mostConnections, openFilesLimit } from './fd-limit.ts';
export type { RequestPlace } from './leak-reporter.ts';
export type { LeaseLimit } from './lease-limit.ts';
export type { AllowAddress } from './net/address-guard.ts';
export type { AddressOrder, ResolveName } from './net/resolve-name.ts';
export type { Pem, TlsOptions } from './net/tls-options.ts';
export { checkPoolOptions, type KeepAlive, type PoolOptions, type ResolvedPoolOptions } from './options.ts';
export type { PeerDetection, TcpInfo } from './peer-watch.ts';
export type {
  ExchangeExtras,
  InformationalListener,
  InformationalResponse,
  PendingResponse,
} from './pending-response.ts';
export { KEEP_ALIVE_NUMBERS, POOL_NUMBERS, type NumberOption } from './pool-numbers.ts';
export { Pool, type PoolSeams, type PoolStats } from './pool.ts';
export type { PoolRequest, RequestBody } from './request.ts';
export type { BodyPieces } from './request-stream.ts';
export type { ResponseBody } from './response/response-body.ts';
export type { ResponseHeaders } from './response/response-headers.ts';
export { Response } from './response/response.ts';
export type {
  Connector,
  Interposer,
  ProbeResult,
  Transport,
  TransportAddresses,
  TransportHandler,
} from './transport.ts';
export { selectValidation, VALIDATION_TIERS, type ValidationTier } from './validation/tier.ts';
