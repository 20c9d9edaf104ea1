import {
  PoolerError,
  type ErrorCode,
  type ErrorFacts,
  type Linked,
  type Phase,
  type PoolCounts,
} from '#libs/kernel';
import type { ResponseHead } from '#libs/http1';
import type { ActiveProbeRecord } from '#libs/records';
import type { RequestStream } from './request-stream.ts';
import type { Connection } from './connection.ts';
import type { Interposer, ProbeResult, TransportAddresses } from './transport.ts';

/**
 * Hears one exchange. `onHead`, any number of `onBody`, then exactly one of `onEnd` and `onError`; `onError` alone when
 * it fails before the head.
 */
export interface ExchangeListener {
  onHead(head: ResponseHead, contentLength: number | undefined): void;
  /** The bytes from `start` to `end` of `buffer`, lent until the call returns. */
  onBody(buffer: Buffer, start: number, end: number): void;
  onEnd(rawTrailers: readonly string[]): void;
  /** An interim response (1xx) before the final head. */
  onInformational?(head: ResponseHead): void;
  onError(error: PoolerError): void;
  /** Reading has been stopped for the pool's `unreadTimeoutMs`. */
  onStalled?(): void;
}

/** What is to be sent, checked and serialised. */
export interface ExchangeRequest {
  readonly method: string;
  /** Request line and header fields, latin1, up to and with the empty line. */
  readonly head: string;
  readonly body: Uint8Array | undefined;
  /** Instead of `body`, what comes in pieces. */
  readonly stream: RequestStream | undefined;
  /** How long the head says that `stream` is, where it does. */
  readonly streamLength: number | undefined;
  /** Whether the request says `Connection: close`. */
  readonly asksClose: boolean;
  /** Whether sending it twice has the effect of sending it once (RFC 9110 section 9.2.2), or the caller says so. */
  readonly isIdempotent: boolean;
  /** From the checkout of a connection to the last byte of the response. `Infinity` for no limit. */
  readonly attemptTimeoutMs: number;
  /** When the whole request is over for its caller, on the pool's clock. `Infinity` for never. */
  readonly deadlineAtMs: number;
}

/** The field that tells the peer which attempt of its request an exchange is. */
export interface AttemptField {
  /** Trusted: it is not checked. */
  readonly name: string;
  /** From 1. */
  readonly attempt: number;
}

const NO_TRAILERS: readonly string[] = [];
const NO_PROBES: readonly ActiveProbeRecord[] = [];

/**
 * One request and its response on one connection: the unit that the pool lends connections to. Carries the facts that
 * errors and records are made of. A time of 0 means "not yet".
 */
export class Exchange implements Linked<Exchange> {
  previous: Exchange | undefined = undefined;
  next: Exchange | undefined = undefined;
  queue: object | undefined = undefined;

  readonly request: ExchangeRequest;
  readonly listener: ExchangeListener;
  readonly interposer: Interposer | undefined;
  readonly traceparent: string | undefined;
  readonly attemptField: AttemptField | undefined;
  /** The connection that carries it, while it does. */
  connection: Connection | undefined = undefined;

  queuedAtMs = 0;
  /** Of the dial that it got its connection by, or that failed it. */
  dialledAtMs = 0;
  connectedAtMs = 0;
  /** How long the name of that dial took to resolve, and its TLS handshake. */
  dnsMs = 0;
  tlsMs = 0;
  leasedAtMs = 0;
  /** When all of the request had been given to the wire. */
  sentAtMs = 0;
  /** How many connections of the pool were lent at that moment, its own included. Counted where leases have a limit. */
  leasesThen = 0;
  firstByteAtMs = 0;
  endedAtMs = 0;
  /** While it waits: when the wait is over. While it runs: when headers or the next piece of body must have come. */
  phaseDueAtMs = Infinity;
  /** The earlier of the attempt's end and the deadline, once a connection carries it. */
  hardDueAtMs = Infinity;
  phase: Phase = 'acquire';

  connectionId = 0;
  reused = false;
  /** What the last look at its connection found, before the checkout. */
  probe: ProbeResult | undefined = undefined;
  /** The active probes that it waited for. */
  activeProbes = NO_PROBES;
  addresses: TransportAddresses | undefined = undefined;
  requestBytesWritten = 0;
  responseBytesRead = 0;
  statusCode = 0;
  isOver = false;
  rawTrailers: readonly string[] = NO_TRAILERS;

  constructor(
    request: ExchangeRequest,
    listener: ExchangeListener,
    interposer?: Interposer,
    traceparent?: string,
    attemptField?: AttemptField,
  ) {
    this.request = request;
    this.listener = listener;
    this.interposer = interposer;
    this.traceparent = traceparent;
    this.attemptField = attemptField;
  }

  /** The head as it goes out: with the fields of this exchange, except those that the caller gave. */
  get head(): string {
    const { traceparent, attemptField } = this;
    let { head } = this.request;
    if (traceparent !== undefined && !/\r\ntraceparent:/i.test(head))
      head = withField(head, 'traceparent', traceparent);
    if (attemptField !== undefined && !hasField(head, attemptField.name))
      head = withField(head, attemptField.name, String(attemptField.attempt));
    return head;
  }

  /** When somebody has to look whether it took too long. */
  get dueAtMs(): number {
    return Math.min(this.phaseDueAtMs, this.hardDueAtMs);
  }

  /** Stops reading the response until `resume`; the body timeout stops too. */
  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  /** A probe ended while it was this exchange's turn. */
  waitedFor(probe: ActiveProbeRecord): void {
    this.activeProbes = [...this.activeProbes, probe];
  }

  complete(nowMs: number): void {
    this.isOver = true;
    this.endedAtMs = nowMs;
    this.connection = undefined;
    this.listener.onEnd(this.rawTrailers);
  }

  fail(error: PoolerError, nowMs: number): void {
    if (this.isOver) return;
    this.isOver = true;
    this.endedAtMs = nowMs;
    this.connection = undefined;
    this.listener.onError(error);
  }

  /** An error with the facts of this exchange. */
  error(code: ErrorCode, message: string, about: ExchangeErrorFacts): PoolerError {
    const { requestBytesWritten, responseBytesRead, reused } = this;
    return new PoolerError(code, message, {
      phase: about.phase ?? this.phase,
      errno: about.errno,
      syscall: about.syscall,
      reason: about.reason,
      cause: about.cause,
      reused,
      requestBytesWritten,
      responseBytesRead,
      retrySafe: (requestBytesWritten === 0 || this.request.isIdempotent) && !this.request.stream?.isSpent,
      origin: about.origin,
      pool: about.pool,
    });
  }
}

function hasField(head: string, name: string): boolean {
  return head.toLowerCase().includes(`\r\n${name.toLowerCase()}:`);
}

/** `head` with one more field, which is its last. */
function withField(head: string, name: string, value: string): string {
  return `${head.slice(0, -2)}${name}: ${value}\r\n\r\n`;
}

export type ExchangeErrorFacts = Pick<ErrorFacts, 'errno' | 'syscall' | 'reason' | 'cause'> & {
  readonly phase?: Phase;
  readonly origin: string;
  readonly pool: PoolCounts;
};
