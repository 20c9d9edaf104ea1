import type { ErrorCode, Phase } from '#libs/kernel';

/** What is known of one connection's wire. */
export interface ConnectionFacts {
  /** Counts the connections of one pool, from 1. */
  readonly id: number;
  /** Whether it had carried a request before. */
  readonly reused: boolean;
  /** IP address of the peer, or the path of a UNIX socket. */
  readonly remoteAddress: string | undefined;
  /** Port of the peer; 0 of a UNIX socket. */
  readonly remotePort: number | undefined;
  /** Port on this side; 0 of a UNIX socket. */
  readonly localPort: number | undefined;
}

/** Why an attempt was made: the first, one more by policy, or the free one on a fresh connection after a stale one. */
export type AttemptKind = 'first' | 'policy' | 'resend';

/** One attempt of a request. Times are milliseconds of the client's monotonic clock; 0 means that it never came to it. */
export interface AttemptRecord {
  /** Its number among the attempts of the request, from 1. */
  readonly attempt: number;
  /** Why it was made. */
  readonly kind: AttemptKind;
  /** How long the request waited before this attempt, by the retry policy or for a permit of the breaker. */
  readonly waitedMs: number;
  /** The part of that wait that the breaker took; `undefined` where it was not asked: a re-send goes on an old permit. */
  readonly admission: AdmissionFacts | undefined;
  /** When it asked the pool for a connection. */
  readonly queuedAtMs: number;
  /** When the dial began of the connection that it got, or that failed it; 0 on a reused connection. */
  readonly dialledAtMs: number;
  /** When that dial connected, TLS included. */
  readonly connectedAtMs: number;
  /** The first part of that dial: how long its name took to resolve; 0 where there was none. */
  readonly dnsMs: number;
  /** The last part of that dial: how long its TLS handshake took; 0 where there was none. */
  readonly tlsMs: number;
  /** What the look at its connection found, right before the lease. */
  readonly probe: LookRecord['result'] | undefined;
  /** The active probes that it waited for, in their order: only the last can have led to its connection. */
  readonly activeProbes: readonly ActiveProbeRecord[];
  /** When it got its connection, and its head was written. */
  readonly leasedAtMs: number;
  /** When all of the request had been given to the socket; 0 where it never was. */
  readonly sentAtMs: number;
  /** When the first byte of the response came. */
  readonly firstByteAtMs: number;
  /** When the last byte of the response came, or it failed. */
  readonly endedAtMs: number;
  /** The connection that carried it; `undefined` when none was had. */
  readonly connection: ConnectionFacts | undefined;
  /** The status of its response, an injected one included. */
  readonly statusCode: number | undefined;
  /** What made it fail. */
  readonly error: AttemptError | undefined;
  /** Bytes of the request that the kernel accepted. */
  readonly requestBytesWritten: number;
  /** Bytes of the response that came, its head included. */
  readonly responseBytesRead: number;
  /**
   * The fault of its own that struck it, by its id and kind: a status took the place of a real one, a crash was set off,
   * and any other had a connection to work on. `undefined` also where a fault was drawn and it never came to that.
   */
  readonly fault: { readonly faultId: string; readonly kind: string } | undefined;
}

/** One question to the breaker: whether an attempt may go out. */
export interface AdmissionFacts {
  /** When the breaker was asked. */
  readonly askedAtMs: number;
  /** When it let the attempt through, or the request ended. */
  readonly answeredAtMs: number;
}

/** An error as records have it. */
export interface AttemptError {
  /** Its code: [errors.md](errors.md). */
  readonly code: ErrorCode;
  /** Where in its life the request was. */
  readonly phase: Phase;
  /** The system's name of the failure, such as `ECONNRESET`. */
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
  /** Its method. */
  readonly method: string;
  /** Scheme, host and port of its URL. */
  readonly origin: string;
  /** Path and query of its URL. The query may hold a secret. */
  readonly path: string;
  /** When `request` was called. */
  readonly startedAtMs: number;
  /** When the body of its answer had come, or it failed. */
  readonly endedAtMs: number;
  /** Whether it ended with a status of 2xx or 3xx. */
  readonly isOk: boolean;
  /** The final status; `undefined` where it ended with an error before one. */
  readonly statusCode: number | undefined;
  /** What it ended with, where that is no answer. */
  readonly error: AttemptError | undefined;
  /** Those that came to the pool, in their order. */
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

/** The beginning and the end of one connection. A dial that failed has an end only. */
export type ConnectionRecord =
  | {
      /** A dial connected. */
      readonly event: 'opened';
      /** The pool's origin. */
      readonly origin: string;
      /** Counts the connections of one pool, from 1. */
      readonly connectionId: number;
      /** When its dial began. */
      readonly dialledAtMs: number;
      /** When it connected, TLS included. */
      readonly connectedAtMs: number;
      /** The `traceparent` of the attempt it was dialled for, when that had gone before the dial ended. */
      readonly outlived: string | undefined;
    }
  | {
      /** It left the pool. */
      readonly event: 'closed';
      /** The pool's origin. */
      readonly origin: string;
      /** As when it was opened. */
      readonly connectionId: number;
      /** Why. */
      readonly reason: string;
    };

/** A response whose body nobody read or dumped, while it held a connection. */
export interface LeakRecord {
  /** The pool's origin. */
  readonly origin: string;
  /** The connection that it held. */
  readonly connectionId: number;
  /** The method of its request. */
  readonly method: string;
  /** The path of its request, without the query. */
  readonly path: string;
  /** Bytes of the response that came before reading stopped, its head included. */
  readonly responseBytesRead: number;
  /** How long reading has been stopped for want of a reader. */
  readonly unreadMs: number;
  /** The stack of the request, where the pool captures them. */
  readonly madeAt: string | undefined;
}

/** One look at an idle connection, without a word to its peer. */
export interface LookRecord {
  /** The pool's origin. */
  readonly origin: string;
  /** The connection that was looked at. */
  readonly connectionId: number;
  /** What was found: only an `alive` one, or an `unknown` one where nobody can look, serves again. */
  readonly result: 'alive' | 'fin' | 'reset' | 'bytes' | 'unknown';
}

/** One request of the pool's own, to prove a connection that was idle for long. */
export interface ActiveProbeRecord {
  /** The pool's origin. */
  readonly origin: string;
  /** The connection that was to be proven. */
  readonly connectionId: number;
  /** What came of it: after `answered` it serves again, after `failed` it is closed. */
  readonly result: 'answered' | 'failed';
  /** The method of that request. */
  readonly method: string;
  /** The status of its answer, if the head of one came. */
  readonly statusCode: number | undefined;
  /** The reason that the connection was closed for: one of those of `pooler:connection`, such as `timeout`. */
  readonly failure: string | undefined;
  /** When it was sent. */
  readonly startedAtMs: number;
  /** When its answer was complete, or the connection was closed. */
  readonly endedAtMs: number;
}

export type ProbeRecord = LookRecord | ActiveProbeRecord;

/** One move of a breaker. */
export interface BreakerRecord {
  /** The name of the client that it belongs to, if it has one. */
  readonly client?: string | undefined;
  /** The origin that it watches. */
  readonly origin: string;
  /** The state before: `closed`, `open`, `half-open` or `isolated`. */
  readonly from: string;
  /** The state since. */
  readonly to: string;
  /** Why it moved. */
  readonly cause: string;
  /** When it moved. */
  readonly atMs: number;
  /** The calls of the window when it happened. */
  readonly calls: number;
  /** Those of them that failed. */
  readonly failures: number;
  /** Those of them that took `slowCallMs` or longer. */
  readonly slow: number;
}

/** One change of how an address of several stands: those that fail alone are left alone for a while. */
export interface AddressRecord {
  /** The name of the client that it belongs to, if it has one. */
  readonly client?: string | undefined;
  /** The origin whose name leads to it. */
  readonly origin: string;
  /** The IP address. */
  readonly address: string;
  /** How it stood before: `in`, `out` or `on-trial`. */
  readonly from: string;
  /** How it stands since. */
  readonly to: string;
  /** Why it moved. */
  readonly cause: string;
  /** When it moved. */
  readonly atMs: number;
}

/** One fault that was injected. */
export interface FaultRecord {
  /** The origin of the request. */
  readonly origin: string;
  /** The number of the request, as in its record. */
  readonly requestSeq: number;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  /** Which fault: the id of its rule. */
  readonly faultId: string;
  /** Its type: [faults.md](faults.md). */
  readonly kind: string;
}
