import { ERROR_CODES, type ErrorCode, type ErrorKind } from './error-codes.ts';

/** Where in its life a request was. */
export type Phase =
  | 'argument'
  | 'admission'
  | 'acquire'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'send'
  | 'wait'
  | 'receive';

/** Why TLS failed: by the peer's certificate, by the protocol it picked (ALPN), or in another way. */
export type TlsReason =
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-host'
  | 'self-signed'
  | 'unknown-root'
  | 'wrong-protocol'
  | 'other';

/** How full a pool was. */
export interface PoolCounts {
  /** Connections that carry a request now. */
  readonly active: number;
  /** Connections that are free. */
  readonly idle: number;
  /** Requests that wait for a connection. */
  readonly pending: number;
  /** The configured maximum of connections. */
  readonly max: number;
}

/** The facts of an error, besides its code and its sentence. */
export interface ErrorFacts {
  readonly phase: Phase;
  /** The system's name of the failure, such as `ECONNRESET`, or that of TLS; `ETIMEDOUT` for our own timeouts. */
  readonly errno?: string | undefined;
  /** The system call that failed, where the system said so. */
  readonly syscall?: string | undefined;
  /** Why, where the code is `PLR_TLS`. */
  readonly reason?: TlsReason | undefined;
  /** Whether the connection had carried a request before. */
  readonly reused?: boolean | undefined;
  /** Bytes of this request that the kernel accepted. Accepted is not received. */
  readonly requestBytesWritten?: number | undefined;
  readonly responseBytesRead?: number | undefined;
  /** True only when sending the request again cannot apply it twice: nothing was written, or it is idempotent. */
  readonly retrySafe?: boolean | undefined;
  readonly origin?: string | undefined;
  readonly pool?: PoolCounts | undefined;
  readonly cause?: unknown;
}

/** Marks instances across two copies of the package, where `instanceof` alone would fail. */
const BRAND: unique symbol = Symbol.for('pooler.error');

/**
 * Every failure that a caller of Pooler can see. `code` is for machines and stable (see `ERROR_CODES`), `message` for
 * people. A broken invariant of Pooler is not one of these but a `BugError`.
 */
export class PoolerError extends Error {
  /** Always `PoolerError`. */
  override readonly name = 'PoolerError';
  /** What went wrong, for machines: one of the codes below. */
  readonly code: ErrorCode;
  /** Where in its life the request was. */
  readonly phase: Phase;
  /** The system's name of the failure, such as `ECONNRESET`, or OpenSSL's; `ETIMEDOUT` of our own timeouts. */
  readonly errno: string | undefined;
  /** The system call that failed, where the system said so. */
  readonly syscall: string | undefined;
  /** Why, where the code is `PLR_TLS`. */
  readonly reason: TlsReason | undefined;
  /** Whether the connection had carried a request before. */
  readonly reused: boolean;
  /** Bytes of the request that the kernel accepted. Accepted is not received. */
  readonly requestBytesWritten: number;
  /** Bytes of the response that came, its head included. */
  readonly responseBytesRead: number;
  /** True only when sending the request again cannot apply it twice: nothing was written, or it is idempotent. */
  readonly retrySafe: boolean;
  /** Scheme, host and port of the request; `undefined` where it was refused before it had one. */
  readonly origin: string | undefined;
  /** How full the pool was; `undefined` where the pool was not asked. */
  readonly pool: PoolCounts | undefined;
  /** Which attempt of the request failed, from 1. Set by the client; a bare pool knows one attempt only. */
  attempt = 1;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.phase = facts.phase;
    this.errno = facts.errno;
    this.syscall = facts.syscall;
    this.reason = facts.reason;
    this.reused = facts.reused ?? false;
    this.requestBytesWritten = facts.requestBytesWritten ?? 0;
    this.responseBytesRead = facts.responseBytesRead ?? 0;
    this.retrySafe = facts.retrySafe ?? this.requestBytesWritten === 0;
    this.origin = facts.origin;
    this.pool = facts.pool;
  }

  /** Whose doing it is; see below. */
  get kind(): ErrorKind {
    return ERROR_CODES[this.code].kind;
  }

  get [BRAND](): true {
    return true;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** A bad option or request field, in one sentence: field, value and allowed range. */
export function invalidArgument(field: string, value: unknown, allowed: string): PoolerError {
  return new PoolerError('PLR_INVALID_ARGUMENT', `${field} must be ${allowed}, got ${shown(value)}`, {
    phase: 'argument',
  });
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shortened(value.replace(CREDENTIALS, '//…@')));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

/** The user and password of a URL: they must not come back in a sentence that somebody logs. */
const CREDENTIALS = /\/\/[^/?#]*@/;

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
