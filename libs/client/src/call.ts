import { PoolerError, type Clock, type Rng } from '#libs/kernel';
import { PASS, type FaultedRequest, type Verdict } from '#libs/faults';
import {
  Response,
  type Exchange,
  type ExchangeRequest,
  type InformationalListener,
  type RequestPlace,
} from '#libs/pool';
import type { AttemptKind, RequestTrace } from '#libs/records';
import {
  classifyCall,
  decideRetry,
  loadSignOf,
  parseRetryAfterMs,
  type AttemptOutcome,
  type Permit,
  type Refusal,
  type ResolvedRetryOptions,
  type RetryBudget,
  type RetryDecision,
} from '#libs/resilience';
import { CallFaults } from './call-faults.ts';
import { CallRecorder } from './call-recorder.ts';
import type { FaultSource } from './options.ts';
import type { Origin } from './origin.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** Whether a client still takes requests, and those under way go on. */
export type ClientLife =
  | { readonly name: 'open' | 'closed' }
  | { readonly name: 'destroyed'; readonly cause: Error | undefined };

/** What all calls of a client share. */
export interface CallContext {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly retry: ResolvedRetryOptions;
  readonly budget: RetryBudget | undefined;
  readonly faults: FaultSource | undefined;
  /** Where calls wait out their backoff; woken when the client is destroyed. */
  readonly backoffRoom: WaitingRoom;
  readonly wallNowMs: () => number;
  readonly life: () => ClientLife;
}

const RETURN: RetryDecision = { action: 'return' };

/** One logical request, checked: what to send, and how far to go for it. */
export interface CallRequest {
  readonly path: string;
  readonly prepared: ExchangeRequest;
  readonly signal: AbortSignal | undefined;
  readonly requestSeq: number;
  /** What faults may know of it; `undefined` where there are none. */
  readonly faulted: FaultedRequest | undefined;
  /** The verdict on the first attempt, drawn when the request was numbered. */
  readonly firstVerdict: Verdict;
  readonly awaitBody: boolean;
  readonly waitForPermit: boolean;
  readonly trace: RequestTrace | undefined;
  readonly startedAtMs: number;
  readonly onInformational: InformationalListener | undefined;
  /** Where it was made, if the pool wants to know. */
  readonly place: RequestPlace | undefined;
}

/**
 * One logical request on its way through the policies: deadline, retry, breaker, acquire, attempt. A stale connection
 * gets a free re-send under the same permit: it says nothing about the peer.
 */
export class Call {
  readonly #origin: Origin;
  readonly #request: CallRequest;
  readonly #context: CallContext;
  readonly #recorder: CallRecorder;
  readonly #faults: CallFaults | undefined;
  #attempt = 0;
  #policyAttempts = 0;
  #resendUsed = false;
  /** Whether a policy retry has its token, and has not been made yet. */
  #holdsToken = false;
  #lastError: PoolerError | undefined;
  /** Of the present attempt, once there is one. */
  #exchange: Exchange | undefined;

  constructor(origin: Origin, request: CallRequest, context: CallContext) {
    this.#origin = origin;
    this.#request = request;
    this.#context = context;
    this.#recorder = new CallRecorder(origin, request, context.clock);
    const { faults, clock } = context;
    // A request without a number is nobody's to draw for.
    if (faults && request.faulted && request.requestSeq >= 0)
      this.#faults = new CallFaults(faults, origin, request, request.faulted, this.#recorder, clock);
  }

  /** Resolves with the answer, be it an error status; rejects with the `PoolerError` that ended it. */
  // One async function, and no wait for what is there already: each costs every request memory and microtasks.
  async run(): Promise<Response> {
    this.#origin.onCallStarted();
    try {
      let kind: AttemptKind = 'first';
      let waitedSinceMs = this.#request.startedAtMs;
      let permit: Permit | undefined;
      let verdict = PASS;
      let isRecalled = false;
      for (;;) {
        if (!isRecalled) {
          this.#attempt += 1;
          if (kind !== 'resend') this.#policyAttempts += 1;
          if (this.#faults) verdict = this.#faults.draw(this.#attempt);
        }
        if (isRecalled || kind !== 'resend') {
          const answer = this.#ask(waitedSinceMs);
          permit = answer && !answer.admitted ? await this.#waitForPermit(answer) : answer;
        }
        this.#holdsToken = false;
        this.#recorder.startAttempt(this.#attempt, kind, waitedSinceMs, verdict);
        let reply: Response | PoolerError;
        try {
          reply = await this.#send(verdict);
          const { met } = this.#recorder;
          if (met.kind === 'status') reply.statusCode = met.statusCode;
        } catch (error) {
          reply = this.#failureOf(error, permit);
        }
        isRecalled = isRecall(reply);
        if (isRecalled) {
          this.#recall(kind, permit);
          continue;
        }
        const nowMs = this.#context.clock.nowMs();
        const decision = this.#judge(reply, permit, nowMs);
        if (decision.action === 'return' || decision.action === 'give-up') {
          if (decision.action === 'give-up' && decision.reason === 'budget') this.#withhold();
          if (reply instanceof Response) return this.#recorder.answered(reply);
          throw reply;
        }
        // The answer is an error status that nobody will read; its connection is worth a few bytes.
        if (reply instanceof Response) void reply.body.dump();
        this.#origin.tally.retries += 1;
        waitedSinceMs = nowMs;
        kind = decision.action === 'resend' ? 'resend' : 'policy';
        if (decision.action === 'resend') this.#resendUsed = true;
        else {
          this.#holdsToken = true;
          await this.#backOff(nowMs + decision.delayMs);
        }
      }
    } catch (error) {
      // So an open breaker costs the others no retries.
      if (this.#holdsToken) this.#context.budget?.putBack();
      if (error instanceof PoolerError) this.#recorder.failed(error);
      // Its body may never have been begun.
      this.#request.prepared.stream?.close();
      throw error;
    } finally {
      this.#origin.onCallEnded();
    }
  }

  /** What ended an attempt is only an outcome here; anything else is a bug, and goes on. */
  #failureOf(error: unknown, permit: Permit | undefined): PoolerError {
    if (error instanceof PoolerError) return error;
    this.#forget(permit);
    throw error;
  }

  /** Tells the breaker how the attempt ended, and decides what to do about it. */
  #judge(reply: Response | PoolerError, permit: Permit | undefined, nowMs: number): RetryDecision {
    // Nearly every request ends here; what follows would say the same.
    if (reply instanceof Response && reply.statusCode < 400) {
      this.#succeed(permit, nowMs);
      this.#origin.onAttemptOver('answer', this.#exchange, nowMs);
      return RETURN;
    }
    const outcome = reply instanceof Response ? this.#answered(reply) : this.#failed(reply);
    const decision = this.#decide(outcome, nowMs);
    if (decision.action !== 'resend') {
      this.#settle(permit, outcome, nowMs);
      this.#origin.onAttemptOver(loadSignOf(outcome), this.#exchange, nowMs);
    }
    return decision;
  }

  /** The breaker opened while the attempt queued. It was none: the same one asks the breaker again. */
  #recall(kind: AttemptKind, permit: Permit | undefined): void {
    this.#recorder.recalled();
    this.#forget(permit);
    this.#holdsToken = kind === 'policy';
  }

  #withhold(): void {
    this.#origin.tally.retriesWithheld += 1;
    this.#recorder.retryWithheld();
  }

  async #backOff(untilMs: number): Promise<void> {
    await this.#context.backoffRoom.wait(untilMs, this.#request.signal);
    this.#checkStillWanted();
  }

  /** Asks the breaker; `undefined` where there is none. */
  #ask(nowMs: number): Permit | Refusal | undefined {
    if (this.#origin.breaker) this.#recorder.asking(nowMs);
    return this.#origin.admit(this.#attempt === 1 ? nowMs : this.#context.clock.nowMs());
  }

  /** Asks again when it may help, as far as this request waits for that. */
  async #waitForPermit(refusal: Refusal): Promise<Permit | undefined> {
    const { clock } = this.#context;
    const { signal, waitForPermit } = this.#request;
    const { deadlineAtMs } = this.#request.prepared;
    for (let answer = refusal; ;) {
      const untilMs = Math.min(answer.retryAtMs ?? Infinity, deadlineAtMs);
      const mayWait = waitForPermit && untilMs !== Infinity;
      if (mayWait && this.#origin.isWaitingRoomFull)
        throw this.#ofAttempt(this.#origin.waitingRoomFull(this.#lastError, answer));
      if (mayWait) await this.#origin.waitForPermit(untilMs, signal);
      this.#checkStillWanted();
      const nowMs = clock.nowMs();
      if (!mayWait || nowMs >= deadlineAtMs)
        throw this.#ofAttempt(this.#origin.refusal(this.#lastError, answer));
      const next = this.#origin.admit(nowMs);
      if (next === undefined || next.admitted) return next;
      answer = next;
    }
  }

  /** The error, which knows now which attempt it ended. */
  #ofAttempt(error: PoolerError): PoolerError {
    error.attempt = this.#attempt;
    return error;
  }

  /** One attempt. */
  #send(verdict: Verdict): Promise<Response> {
    this.#checkStillWanted();
    const { prepared, signal, trace, place, onInformational } = this.#request;
    const observer = this.#recorder;
    const traceparent = trace?.traceparent(this.#attempt, verdict.kind !== 'pass');
    const name = this.#context.retry.attemptHeader;
    const attemptField = name === undefined ? undefined : { name, attempt: this.#attempt };
    const extras = { signal, traceparent, attemptField, observer, place, onInformational };
    const pending = this.#faults?.begin(verdict, extras) ?? this.#origin.pool.begin(prepared, extras);
    this.#exchange = pending.exchange;
    this.#recorder.sending(pending.exchange);
    return this.#request.awaitBody ? withBody(pending.response) : pending.response;
  }

  #failed(error: PoolerError): AttemptOutcome {
    this.#lastError = this.#ofAttempt(error);
    this.#recorder.attemptFailed(error);
    return { kind: 'error', error };
  }

  #answered(response: Response): AttemptOutcome {
    const { statusCode } = response;
    const retryAfter = response.headers['retry-after'];
    const isText = typeof retryAfter === 'string';
    const retryAfterMs = isText ? parseRetryAfterMs(retryAfter, this.#context.wallNowMs()) : undefined;
    return { kind: 'response', statusCode, retryAfterMs };
  }

  #decide(outcome: AttemptOutcome, nowMs: number): RetryDecision {
    const { retry, budget, rng } = this.#context;
    const facts = {
      idempotent: this.#request.prepared.isIdempotent,
      policyAttemptsUsed: this.#policyAttempts,
      resendUsed: this.#resendUsed,
      isBodySpent: this.#request.prepared.stream?.isSpent,
      deadlineAtMs: this.#request.prepared.deadlineAtMs,
      nowMs,
    };
    return decideRetry(outcome, facts, retry, budget, rng);
  }

  #settle(permit: Permit | undefined, outcome: AttemptOutcome, nowMs: number): void {
    if (!permit) return;
    const result = classifyCall(outcome);
    const tookMs = this.#tookMs(nowMs);
    if (result === 'success') this.#succeed(permit, nowMs);
    else if (result === 'not-a-call' || this.#origin.isAddressToBlame(false, this.#exchange, tookMs, nowMs))
      this.#forget(permit);
    else {
      this.#recorder.callFailed(nowMs);
      permit.failure(nowMs, result, tookMs);
    }
  }

  #succeed(permit: Permit | undefined, nowMs: number): void {
    if (!permit) return;
    const tookMs = this.#tookMs(nowMs);
    // Slow, it may be its address's doing as well.
    if (this.#origin.isAddressToBlame(true, this.#exchange, tookMs, nowMs)) this.#forget(permit);
    else permit.success(nowMs, tookMs);
  }

  /** How long the peer had for the present attempt; the time in our own queue is not its doing. */
  #tookMs(nowMs: number): number {
    const leasedAtMs = this.#exchange?.leasedAtMs ?? 0;
    return leasedAtMs === 0 ? 0 : nowMs - leasedAtMs;
  }

  #forget(permit: Permit | undefined): void {
    permit?.forget(this.#context.clock.nowMs());
    this.#origin.onPermitForgotten();
  }

  /** Before each attempt and after each wait: the caller may have gone, and the client too. The deadline is the pool's. */
  #checkStillWanted(): void {
    const { signal } = this.#request;
    if (signal?.aborted) throw this.#ended('PLR_ABORTED', "the caller's signal fired", signal.reason);
    const life = this.#context.life();
    if (life.name === 'destroyed') {
      throw this.#ended('PLR_POOL_CLOSED', 'the client was destroyed', life.cause ?? this.#lastError);
    }
  }

  #ended(code: 'PLR_ABORTED' | 'PLR_POOL_CLOSED', message: string, cause: unknown): PoolerError {
    const { name } = this.#origin;
    const facts = { phase: 'admission', origin: name, cause } as const;
    return this.#ofAttempt(new PoolerError(code, `${name}: ${message}`, facts));
  }
}

function isRecall(reply: Response | PoolerError): boolean {
  return reply instanceof PoolerError && reply.code === 'PLR_CIRCUIT_OPEN';
}

async function withBody(pending: Promise<Response>): Promise<Response> {
  const response = await pending;
  await response.body.arrived();
  return response;
}
