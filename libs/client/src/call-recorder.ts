import type { Clock, PoolerError } from '#libs/kernel';
import { PASS, type Verdict } from '#libs/faults';
import type { Exchange, Response } from '#libs/pool';
import {
  channels,
  type AdmissionFacts,
  type AttemptError,
  type AttemptKind,
  type AttemptRecord,
  type Collateral,
} from '#libs/records';
import type { CallRequest } from './call.ts';
import { hasStruck, metBy } from './fault-shadow.ts';
import type { Origin } from './origin.ts';

/** What is known of an attempt besides its exchange. */
interface Attempt {
  readonly attempt: number;
  readonly kind: AttemptKind;
  readonly waitedMs: number;
  readonly admission: AdmissionFacts | undefined;
  readonly verdict: Verdict;
  /** Stays undefined when the request was refused before there was one. */
  exchange: Exchange | undefined;
  /** What made the attempt fail. An answer that was given up for another attempt has none, however it ends. */
  error: PoolerError | undefined;
  collateral: Collateral | undefined;
}

/**
 * Keeps the count of one logical request and makes its record. The request is over when its last exchange is: with an
 * answer, that is the end of the body. Where nobody listens, no record is made.
 */
export class CallRecorder {
  readonly #origin: Origin;
  readonly #request: CallRequest;
  readonly #clock: Clock;
  readonly #attempts: Attempt[] | undefined;
  #attempt = 0;
  /** A question to the breaker that has no answer yet. */
  #asking: { readonly waitedSinceMs: number; readonly askedAtMs: number } | undefined;
  /** Of the present attempt. Earlier ones may still be running: their answers were given up, and end when they like. */
  #exchange: Exchange | undefined;
  #verdict: Verdict = PASS;
  /** How a fault of another made the present attempt fail. */
  #collateral: Collateral | undefined;
  /** What cut the body short of the present exchange. */
  #bodyError: PoolerError | undefined;
  /** The answer that the caller has, while its body may still be coming. */
  #answer: Response | undefined;
  #isRetryWithheld = false;
  #isOver = false;

  constructor(origin: Origin, request: CallRequest, clock: Clock) {
    this.#origin = origin;
    this.#request = request;
    this.#clock = clock;
    this.#attempts = channels.request.hasSubscribers ? [] : undefined;
  }

  /** The breaker is asked from now on, and answers with `startAttempt` or `failed`. */
  asking(waitedSinceMs: number): void {
    if (!this.#attempts) return;
    this.#asking = { waitedSinceMs, askedAtMs: this.#clock.nowMs() };
  }

  /** What the present attempt meets, as far as it is known. */
  get met(): Verdict {
    return metBy(this.#verdict, this.#exchange);
  }

  startAttempt(attempt: number, kind: AttemptKind, waitedSinceMs: number, verdict: Verdict): void {
    this.#attempt = attempt;
    this.#exchange = undefined;
    this.#verdict = verdict;
    this.#collateral = undefined;
    if (!this.#attempts) return;
    const answeredAtMs = this.#clock.nowMs();
    const waitedMs = answeredAtMs - waitedSinceMs;
    const admission = this.#asking && { askedAtMs: this.#asking.askedAtMs, answeredAtMs };
    this.#asking = undefined;
    this.#attempts.push({
      attempt,
      kind,
      waitedMs,
      admission,
      verdict,
      exchange: undefined,
      error: undefined,
      collateral: undefined,
    });
  }

  sending(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#origin.shadow?.onSending(this.met, exchange);
    const attempt = this.#attempts?.at(-1);
    if (attempt) attempt.exchange = exchange;
  }

  /** The present attempt was sent back out of the queue; `startAttempt` comes again for it. */
  recalled(): void {
    this.#attempts?.pop();
  }

  /** The present attempt got a connection that has a fault. */
  metOnConnection(verdict: Verdict): void {
    if (this.#exchange) this.#origin.shadow?.onSending(verdict, this.#exchange);
  }

  /** The present attempt failed, and no answer came of it. */
  attemptFailed(error: PoolerError): void {
    this.#collateral = this.#origin.shadow?.collateralOf(error, this.#exchange);
    const attempt = this.#attempts?.at(-1);
    if (!attempt) return;
    attempt.error = error;
    attempt.collateral = this.#collateral;
  }

  /** The present attempt is about to count as a failure for the breaker. */
  callFailed(nowMs: number): void {
    const { shadow } = this.#origin;
    if (!shadow || !this.#exchange) return;
    if (this.#collateral || hasStruck(this.met, this.#exchange)) shadow.onFailure(nowMs);
  }

  /** An exchange is over, its body included. */
  onOver(exchange: Exchange, error: PoolerError | undefined): void {
    this.#origin.shadow?.onOver(exchange);
    if (exchange !== this.#exchange) return;
    this.#bodyError = error;
    if (error) error.attempt = this.#attempt;
    if (this.#answer) this.#finishAnswer(this.#answer);
  }

  /** The budget had no token for one more attempt. */
  retryWithheld(): void {
    this.#isRetryWithheld = true;
  }

  /** The caller gets this answer. */
  answered(response: Response): Response {
    this.#answer = response;
    if (response.body.hasArrived) this.#finishAnswer(response);
    return response;
  }

  /** The caller gets this error. */
  failed(error: PoolerError): void {
    this.#finish(undefined, error);
  }

  #finishAnswer({ statusCode }: Response): void {
    if (this.#bodyError) this.attemptFailed(this.#bodyError);
    this.#finish(statusCode, this.#bodyError);
  }

  #finish(statusCode: number | undefined, error: PoolerError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const isOk = error === undefined && statusCode !== undefined && statusCode >= 200 && statusCode < 400;
    const { tally } = this.#origin;
    tally.requests += 1;
    if (isOk) tally.ok += 1;
    else tally.failed += 1;
    if (!this.#attempts) return;
    const endedAtMs = this.#clock.nowMs();
    channels.request.publish({
      client: this.#origin.client,
      requestSeq: this.#request.requestSeq,
      method: this.#request.prepared.method,
      origin: this.#origin.name,
      path: this.#request.path,
      startedAtMs: this.#request.startedAtMs,
      endedAtMs,
      isOk,
      statusCode,
      error: error && factsOf(error, this.#collateralOf(error)),
      attempts: this.#attempts.flatMap(recordOf),
      isRetryWithheld: this.#isRetryWithheld,
      refusal: this.#asking && {
        askedAtMs: this.#asking.askedAtMs,
        answeredAtMs: endedAtMs,
        waitedMs: endedAtMs - this.#asking.waitedSinceMs,
      },
      trace: this.#request.trace,
    });
  }

  #collateralOf(error: PoolerError): Collateral | undefined {
    const last = this.#attempts?.at(-1);
    // What ended the request was the end of its last attempt, or it was refused without one.
    return last?.error === error ? last.collateral : this.#origin.shadow?.collateralOf(error, undefined);
  }
}

/** One record, or none when the attempt came to no exchange. */
function recordOf({ exchange, verdict: drawn, error, collateral, ...facts }: Attempt): AttemptRecord[] {
  if (!exchange) return [];
  const verdict = metBy(drawn, exchange);
  const { addresses } = exchange;
  const record: AttemptRecord = {
    ...facts,
    queuedAtMs: exchange.queuedAtMs,
    dialledAtMs: exchange.dialledAtMs,
    connectedAtMs: exchange.connectedAtMs,
    dnsMs: exchange.dnsMs,
    tlsMs: exchange.tlsMs,
    probe: exchange.probe,
    activeProbes: exchange.activeProbes,
    leasedAtMs: exchange.leasedAtMs,
    sentAtMs: exchange.sentAtMs,
    firstByteAtMs: exchange.firstByteAtMs,
    endedAtMs: exchange.endedAtMs,
    connection:
      exchange.connectionId === 0
        ? undefined
        : {
            id: exchange.connectionId,
            reused: exchange.reused,
            remoteAddress: addresses?.remoteAddress,
            remotePort: addresses?.remotePort,
            localPort: addresses?.localPort,
          },
    statusCode: statusOf(exchange, verdict),
    error: error && factsOf(error, collateral),
    requestBytesWritten: exchange.requestBytesWritten,
    responseBytesRead: exchange.responseBytesRead,
    fault:
      verdict.kind !== 'pass' && hasStruck(verdict, exchange)
        ? { faultId: verdict.faultId, kind: verdict.kind }
        : undefined,
  };
  return [record];
}

/** The status that the caller could see: an injected one stands in for the peer's, but only where there was an answer. */
function statusOf({ statusCode }: Exchange, verdict: Verdict): number | undefined {
  if (statusCode === 0) return undefined;
  return verdict.kind === 'status' ? verdict.statusCode : statusCode;
}

function factsOf({ code, phase, errno }: PoolerError, collateral: Collateral | undefined): AttemptError {
  return { code, phase, errno, collateral };
}
