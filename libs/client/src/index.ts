export type { BreakerHandle } from './breaker-handle.ts';
export { Client } from './client.ts';
export type { ClientStats } from './client-stats.ts';
export type { OriginHealth } from './health.ts';
export type { ClientOptions, ClientSeams, FaultOptions, FaultSource } from './options.ts';
export type { OriginStats } from './origin.ts';
export type { RequestOptions } from './request-options.ts';
export {
  ERROR_CODES,
  PoolerError,
  type ErrorCode,
  type ErrorKind,
  type Phase,
  type TlsReason,
} from '#libs/kernel';
export {
  Pool,
  type AllowAddress,
  type BodyPieces,
  type InformationalListener,
  type InformationalResponse,
  type Pem,
  type PoolOptions,
  type PoolRequest,
  type PoolStats,
  type RequestBody,
  type Response,
  type ResponseBody,
  type ResponseHeaders,
  type TlsOptions,
} from '#libs/pool';
export type { Propagator, RequestTrace } from '#libs/records';
export type {
  AdaptiveOptions,
  BackoffOptions,
  BreakerOptions,
  BreakerState,
  BreakerWindow,
  RetryBudgetOptions,
  RetryOptions,
} from '#libs/resilience';
