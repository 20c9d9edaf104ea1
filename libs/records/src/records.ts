import type { ErrorCode, Phase } from '#libs/kernel';

/** What is known of one connection's wire. */
export interface ConnectionFacts {
  /** Counts the connections of one pool, from 1. */
  readonly id: number;
  /** Whether it had carried a request before. */
  readonly reused: boolean;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localPort: number | undefined;
}

/** Why an attempt was made: the first, one more by policy, or the free one on a fresh connection after a stale one. */
export type AttemptKind = 'first' | 'policy' | 'resend';

/** One attempt of a request. Times are milliseconds of the client's monotonic clock; 0 means that it never came to it. */
export interface AttemptRecord {
  /** From 1. */
  readonly attempt: number;
  readonly kind: AttemptKind;
  /** How long the request waited before this attempt, by the retry policy or for a permit of the breaker. */
  readonly waitedMs: number;
  readonly queuedAtMs: number;
  readonly leasedAtMs: number;
  readonly firstByteAtMs: number;
  readonly endedAtMs: number;
  /** Undefined when no connection was had. */
  readonly connection: ConnectionFacts | undefined;
  readonly statusCode: number | undefined;
  readonly error: AttemptError | undefined;
  readonly requestBytesWritten: number;
  readonly responseBytesRead: number;
  /** The fault that was injected, by its id and kind. */
  readonly fault: { readonly faultId: string; readonly kind: string } | undefined;
}

export interface AttemptError {
  readonly code: ErrorCode;
  readonly phase: Phase;
  readonly errno: string | undefined;
}

/** One logical request, from the call to its end. */
export interface RequestRecord {
  /** Its number among the requests of one client, from 0. */
  readonly requestSeq: number;
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Whether it ended with a status of 2xx or 3xx. */
  readonly isOk: boolean;
  readonly statusCode: number | undefined;
  readonly error: AttemptError | undefined;
  readonly attempts: readonly AttemptRecord[];
}

export type ConnectionRecord =
  | { readonly event: 'opened'; readonly origin: string; readonly connectionId: number }
  | {
      readonly event: 'closed';
      readonly origin: string;
      readonly connectionId: number;
      readonly reason: string;
    };

/** One look at an idle connection. */
export interface ProbeRecord {
  readonly origin: string;
  readonly connectionId: number;
  readonly result: 'alive' | 'fin' | 'reset' | 'bytes' | 'unknown';
}

/** One move of a breaker. */
export interface BreakerRecord {
  readonly origin: string;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly atMs: number;
  /** The calls of the window when it happened. */
  readonly calls: number;
  readonly failures: number;
}

/** One fault that was injected. */
export interface FaultRecord {
  readonly origin: string;
  readonly requestSeq: number;
  readonly attempt: number;
  readonly faultId: string;
  readonly kind: string;
}
