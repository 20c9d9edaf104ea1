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
  /** The part of that wait that the breaker took; `undefined` where it was not asked: a re-send goes on an old permit. */
  readonly admission: AdmissionFacts | undefined;
  readonly queuedAtMs: number;
  /** The dial of the connection that it got, or that failed it: when it began, and when it connected. */
  readonly dialledAtMs: number;
  readonly connectedAtMs: number;
  /** The last part of that dial: how long its TLS handshake took; 0 where there was none. */
  readonly tlsMs: number;
  /** What the look at its connection found, right before the lease. */
  readonly probe: ProbeRecord['result'] | undefined;
  readonly leasedAtMs: number;
  readonly firstByteAtMs: number;
  readonly endedAtMs: number;
  /** Undefined when no connection was had. */
  readonly connection: ConnectionFacts | undefined;
  readonly statusCode: number | undefined;
  readonly error: AttemptError | undefined;
  readonly requestBytesWritten: number;
  readonly responseBytesRead: number;
  /**
   * The fault of its own that struck it, by its id and kind: a status took the place of a real one, a crash was set off,
   * and any other had a connection to work on. `undefined` also where a fault was drawn and it never came to that.
   */
  readonly fault: { readonly faultId: string; readonly kind: string } | undefined;
}

/** One question to the breaker: whether an attempt may go out. */
export interface AdmissionFacts {
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

export interface AttemptError {
  readonly code: ErrorCode;
  readonly phase: Phase;
  readonly errno: string | undefined;
  /** Set where the failure was the work of a fault that another request had drawn. */
  readonly collateral?: Collateral | undefined;
}

/**
 * How a fault reached a request that had not drawn it. The client knows it from what it did itself, and so of faults in
 * the client only; what befalls the peer or the network between is organic.
 *
 * - `cut`: a crash reset the connection under the attempt (it was leased before the crash), or refused its dial (which
 *   began before the crash was over).
 * - `breaker`: refused by a breaker that had opened with such failures in its window, injected or cut.
 * - `queue`: had no connection in time, while a connection was held by an attempt with injected latency or an injected
 *   timeout.
 */
export type Collateral = 'cut' | 'breaker' | 'queue';

/** One logical request, from the call to its end. */
export interface RequestRecord {
  /** The name of the client that sent it, if it has one. */
  readonly client?: string | undefined;
  /** Its number among the requests of one client, from 0, or what the caller gave. */
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
  /** Whether one more attempt was refused by the retry budget alone. */
  readonly isRetryWithheld?: boolean | undefined;
  /** The question to the breaker that ended the request: it was refused, or given up while it waited. */
  readonly refusal: (AdmissionFacts & { readonly waitedMs: number }) | undefined;
  /** What the client's propagator made of it. */
  readonly trace: RequestTrace | undefined;
}

/** One request for whoever traces it. The client knows no more of tracing than this. */
export interface RequestTrace {
  /**
   * The value of `traceparent` for one attempt (W3C Trace Context, section 3.2), asked for right before it is sent.
   *
   * @param attempt from 1
   * @param isInjected whether the attempt shall meet a fault of our own
   */
  traceparent(attempt: number, isInjected: boolean): string;
}

/** Begins the traces of a client's requests. */
export interface Propagator {
  /** Called when a request starts, in the async context of its caller; `undefined` for a request without a trace. */
  startTrace(): RequestTrace | undefined;
}

export type ConnectionRecord =
  | {
      readonly event: 'opened';
      readonly origin: string;
      readonly connectionId: number;
      readonly dialledAtMs: number;
      readonly connectedAtMs: number;
      /** The `traceparent` of the attempt it was dialled for, when that had gone before the dial ended. */
      readonly outlived: string | undefined;
    }
  | {
      readonly event: 'closed';
      readonly origin: string;
      readonly connectionId: number;
      readonly reason: string;
    };

/** A response whose body nobody read or dumped, while it held a connection. */
export interface LeakRecord {
  readonly origin: string;
  readonly connectionId: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly responseBytesRead: number;
  /** How long reading has been stopped for want of a reader. */
  readonly unreadMs: number;
  /** The stack of the request, where the pool captures them. */
  readonly madeAt: string | undefined;
}

/** One look at an idle connection. */
export interface ProbeRecord {
  readonly origin: string;
  readonly connectionId: number;
  readonly result: 'alive' | 'fin' | 'reset' | 'bytes' | 'unknown';
}

/** One move of a breaker. */
export interface BreakerRecord {
  /** The name of the client that it belongs to, if it has one. */
  readonly client?: string | undefined;
  readonly origin: string;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly atMs: number;
  /** The calls of the window when it happened. */
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** One fault that was injected. */
export interface FaultRecord {
  readonly origin: string;
  readonly requestSeq: number;
  readonly attempt: number;
  readonly faultId: string;
  readonly kind: string;
}
