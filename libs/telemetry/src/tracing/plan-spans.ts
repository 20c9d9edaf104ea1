import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_REQUEST_RESEND_COUNT,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_NETWORK_LOCAL_PORT,
  ATTR_NETWORK_PEER_ADDRESS,
  ATTR_NETWORK_PEER_PORT,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_URL_FULL,
} from '@opentelemetry/semantic-conventions';
import type { ActiveProbeRecord, AdmissionFacts, AttemptRecord, RequestRecord } from '#libs/records';
import { knownMethod, spanNameOf } from './known-method.ts';
import type { SampledTrace } from './request-trace.ts';
import { serverOf } from './server-of.ts';

type Attributes = Record<string, string | number | boolean | undefined>;

/** One span, ready to be written. */
export interface PlannedSpan {
  readonly name: string;
  readonly spanId: string;
  /** `undefined` for the span of the request itself. */
  readonly parentId: string | undefined;
  readonly kind: 'internal' | 'client';
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  /** The span of the same trace that this one is linked to. */
  readonly linkId: string | undefined;
}

/**
 * The spans of one request, each after its parent:
 *
 *     pooler.request
 *       pooler.retry       the wait before a further attempt, linked to the one before it
 *       pooler.breaker     the question to the breaker
 *       pooler.acquire     from the queue to the lease
 *         pooler.connect   the part of the dial that the attempt waited for
 *         pooler.probe     what the attempt waited for of an active probe; the look at a connection that was idle
 *       GET                the attempt, from the lease (from the queue, if it came to none) to its last byte
 */
export function planSpans(
  record: RequestRecord,
  trace: SampledTrace,
  nextSpanId: () => string,
): PlannedSpan[] {
  return new SpanPlan(record, trace, nextSpanId).spans;
}

class SpanPlan {
  readonly spans: PlannedSpan[] = [];
  readonly #record: RequestRecord;
  readonly #trace: SampledTrace;
  readonly #nextSpanId: () => string;
  readonly #requestId: string;
  #lastAttemptId: string | undefined;

  constructor(record: RequestRecord, trace: SampledTrace, nextSpanId: () => string) {
    this.#record = record;
    this.#trace = trace;
    this.#nextSpanId = nextSpanId;
    this.#requestId = this.#add('pooler.request', undefined, record.startedAtMs, record.endedAtMs, {
      [ATTR_HTTP_REQUEST_METHOD]: knownMethod(record.method),
      [ATTR_URL_FULL]: record.origin + redacted(record.path),
      [ATTR_HTTP_RESPONSE_STATUS_CODE]: record.statusCode,
      [ATTR_ERROR_TYPE]: record.isOk ? undefined : errorTypeOf(record),
      ...serverAttributes(record.origin),
      'pooler.request.seq': record.requestSeq,
      'pooler.request.attempts': record.attempts.length,
    });
    for (const attempt of record.attempts) this.#addAttempt(attempt);
    if (record.refusal) this.#addRefusal(record.refusal);
  }

  #addAttempt(attempt: AttemptRecord): void {
    const { admission, queuedAtMs } = attempt;
    if (attempt.kind !== 'first') {
      const endMs = admission?.askedAtMs ?? queuedAtMs;
      const isResend = attempt.kind === 'resend';
      const startMs = isResend ? endMs : (admission?.answeredAtMs ?? queuedAtMs) - attempt.waitedMs;
      this.#addRetry(attempt.kind, startMs, endMs);
    }
    if (admission) this.#addBreaker(admission, { 'pooler.breaker.admitted': true });
    this.#addAcquire(attempt);
    this.#lastAttemptId = this.#trace.attemptSpanId(attempt.attempt);
    this.#addNamed(this.#lastAttemptId, {
      name: spanNameOf(this.#record.method),
      parentId: this.#requestId,
      kind: 'client',
      startMs: attempt.leasedAtMs || queuedAtMs,
      endMs: this.#endOf(attempt),
      attributes: attemptAttributes(this.#record, attempt),
    });
  }

  #addRefusal(refusal: NonNullable<RequestRecord['refusal']>): void {
    const { askedAtMs, answeredAtMs, waitedMs } = refusal;
    if (this.#lastAttemptId !== undefined) this.#addRetry('policy', answeredAtMs - waitedMs, askedAtMs);
    const errorType = this.#record.error?.code;
    this.#addBreaker(refusal, { 'pooler.breaker.admitted': false, [ATTR_ERROR_TYPE]: errorType });
  }

  #addRetry(kind: 'policy' | 'resend', startMs: number, endMs: number): void {
    const attributes = { 'pooler.retry.kind': kind };
    this.#add('pooler.retry', this.#requestId, startMs, endMs, attributes, this.#lastAttemptId);
  }

  #addBreaker({ askedAtMs, answeredAtMs }: AdmissionFacts, attributes: Attributes): void {
    this.#add('pooler.breaker', this.#requestId, askedAtMs, answeredAtMs, attributes);
  }

  #addAcquire(attempt: AttemptRecord): void {
    const { queuedAtMs, leasedAtMs, dialledAtMs, connectedAtMs, dnsMs, tlsMs, connection, probe } = attempt;
    const isLeased = leasedAtMs > 0;
    const endMs = isLeased ? leasedAtMs : this.#endOf(attempt);
    const errorType = isLeased ? undefined : attempt.error?.code;
    const acquireId = this.#add('pooler.acquire', this.#requestId, queuedAtMs, endMs, {
      'pooler.connection.id': connection?.id,
      'pooler.connection.reused': connection?.reused,
      [ATTR_ERROR_TYPE]: errorType,
    });
    for (const active of attempt.activeProbes) this.#addActiveProbe(active, acquireId, queuedAtMs);
    const dialEndedAtMs = connectedAtMs || endMs;
    if (dialledAtMs > 0 && dialEndedAtMs >= queuedAtMs) {
      // A dial that began for another request is this one's business only since it waited for it.
      const startMs = Math.max(dialledAtMs, queuedAtMs);
      this.#add('pooler.connect', acquireId, startMs, dialEndedAtMs, {
        'pooler.connect.dns_ms': dnsMs || undefined,
        'pooler.connect.tls_ms': tlsMs || undefined,
        [ATTR_ERROR_TYPE]: errorType,
      });
    } else if (connection && probe) {
      this.#add('pooler.probe', acquireId, leasedAtMs, leasedAtMs, { 'pooler.probe.result': probe });
    }
  }

  #addActiveProbe(probe: ActiveProbeRecord, acquireId: string, queuedAtMs: number): void {
    // One that began for another request is this one's business only since it waited for it.
    this.#add('pooler.probe', acquireId, Math.max(probe.startedAtMs, queuedAtMs), probe.endedAtMs, {
      'pooler.probe.result': probe.result,
      'pooler.connection.id': probe.connectionId,
      [ATTR_HTTP_REQUEST_METHOD]: probe.method,
      [ATTR_HTTP_RESPONSE_STATUS_CODE]: probe.statusCode,
      [ATTR_ERROR_TYPE]: probe.failure,
    });
  }

  /** An answer that was given up may still be coming when the request is over. */
  #endOf({ endedAtMs }: AttemptRecord): number {
    return endedAtMs || this.#record.endedAtMs;
  }

  #add(
    name: string,
    parentId: string | undefined,
    startMs: number,
    endMs: number,
    attributes: Attributes,
    linkId?: string,
  ): string {
    const spanId = this.#nextSpanId();
    this.#addNamed(spanId, { name, parentId, kind: 'internal', startMs, endMs, attributes, linkId });
    return spanId;
  }

  #addNamed(
    spanId: string,
    span: Omit<PlannedSpan, 'spanId' | 'linkId'> & { linkId?: string | undefined },
  ): void {
    this.spans.push({ linkId: undefined, ...span, spanId });
  }
}

function attemptAttributes(record: RequestRecord, attempt: AttemptRecord): Attributes {
  const { connection, fault, kind } = attempt;
  return {
    [ATTR_HTTP_REQUEST_METHOD]: knownMethod(record.method),
    [ATTR_URL_FULL]: record.origin + redacted(record.path),
    ...serverAttributes(record.origin),
    [ATTR_HTTP_RESPONSE_STATUS_CODE]: attempt.statusCode,
    [ATTR_HTTP_REQUEST_RESEND_COUNT]: attempt.attempt > 1 ? attempt.attempt - 1 : undefined,
    [ATTR_ERROR_TYPE]: errorTypeOf(attempt),
    [ATTR_NETWORK_PROTOCOL_VERSION]: '1.1',
    [ATTR_NETWORK_PEER_ADDRESS]: connection?.remoteAddress,
    // A UNIX socket has no ports.
    [ATTR_NETWORK_PEER_PORT]: connection?.remotePort || undefined,
    [ATTR_NETWORK_LOCAL_PORT]: connection?.localPort || undefined,
    'pooler.attempt.kind': kind,
    'pooler.fault.id': fault?.faultId,
    'pooler.fault.kind': fault?.kind,
  };
}

function serverAttributes(origin: string): Attributes {
  const { address, port } = serverOf(origin);
  return { [ATTR_SERVER_ADDRESS]: address, [ATTR_SERVER_PORT]: port };
}

/** The code of the error, or the status where that is one (semantic conventions of HTTP spans, `error.type`). */
export function errorTypeOf({
  error,
  statusCode,
}: Pick<RequestRecord, 'error' | 'statusCode'>): string | undefined {
  if (error) return error.code;
  return statusCode !== undefined && statusCode >= 400 ? String(statusCode) : undefined;
}

/** Names whose values in a query are secrets; the first four are those of the semantic conventions (`url.full`). */
const SECRETS =
  /([?&](?:AWSAccessKeyId|Signature|sig|X-Goog-Signature|[^=&]*(?:token|secret|password|key))=)[^&]*/gi;

function redacted(path: string): string {
  return path.includes('?') ? path.replace(SECRETS, '$1REDACTED') : path;
}
