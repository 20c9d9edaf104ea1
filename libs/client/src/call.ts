import { PoolerError, type Clock, type Rng } from '#libs/kernel';
import { PASS, type Verdict } from '#libs/faults';
import { interposerFor } from '#libs/faults/apply';
import type { ExchangeRequest, Interposer, Response } from '#libs/pool';
import { channels, type AttemptKind, type RequestTrace } from '#libs/records';
import {
  classifyCall,
  decideRetry,
  parseRetryAfterMs,
  type AttemptOutcome,
  type Permit,
  type ResolvedRetryOptions,
  type RetryBudget,
} from '#libs/resilience';
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

type Injected = Exclude<Verdict, { kind: 'pass' }>;

/** One logical request, checked: what to send, and how far to go for it. */
export interface CallRequest {
  readonly path: string;
  readonly prepared: ExchangeRequest;
  readonly signal: AbortSignal | undefined;
  readonly requestSeq: number;
  /** The verdict on the first attempt, drawn when the request was numbered. */
  readonly firstVerdict: Verdict;
  readonly awaitBody: boolean;
  readonly waitForPermit: boolean;
  readonly trace: RequestTrace | undefined;
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
  #attempt = 0;
  #policyAttempts = 0;
  #resendUsed = false;
  #lastError: PoolerError | undefined;

  constructor(origin: Origin, request: CallRequest, context: CallContext) {
    this.#origin = origin;
    this.#request = request;
    this.#context = context;
    this.#recorder = new CallRecorder(origin, request, context.clock);
  }

  /** Resolves with the answer, be it an error status; rejects with the `PoolerError` that ended it. */
  async run(): Promise<Response> {
    this.#origin.onCallStarted();
    try {
      return await this.#run();
    } catch (error) {
      if (error instanceof PoolerError) this.#recorder.failed(error);
      throw error;
    } finally {
      this.#origin.onCallEnded();
    }
  }

  async #run(): Promise<Response> {
    let kind: AttemptKind = 'first';
    let waitedSinceMs = this.#context.clock.nowMs();
    let permit: Permit | undefined;
    for (;;) {
      this.#attempt += 1;
      if (kind !== 'resend') this.#policyAttempts += 1;
      const verdict = this.#drawVerdict();
      if (kind !== 'resend') permit = await this.#admit(waitedSinceMs);
      this.#recorder.startAttempt(this.#attempt, kind, waitedSinceMs, verdict);
      const response = await this.#send(verdict, permit);
      const isError = response instanceof PoolerError;
      const outcome = isError ? this.#failed(response) : this.#answered(response);
      const decision = this.#decide(outcome);
      if (decision.action !== 'resend') this.#settle(permit, outcome);
      if (decision.action === 'return' || decision.action === 'give-up') {
        if (isError) throw response;
        return this.#recorder.answered(response);
      }
      // The answer is an error status that nobody will read; its connection is worth a few bytes.
      if (!isError) void response.body.dump();
      this.#origin.tally.retries += 1;
      waitedSinceMs = this.#context.clock.nowMs();
      if (decision.action === 'resend') {
        kind = 'resend';
        this.#resendUsed = true;
      } else {
        kind = 'policy';
        await this.#context.backoffRoom.wait(waitedSinceMs + decision.delayMs, this.#request.signal);
        this.#checkStillWanted();
      }
    }
  }

  #drawVerdict(): Verdict {
    const { faults } = this.#context;
    if (!faults) return PASS;
    const { requestSeq, firstVerdict } = this.#request;
    if (requestSeq < 0) return PASS;
    const verdict = this.#attempt === 1 ? firstVerdict : faults.decide(requestSeq, this.#attempt);
    // A crash happens to the server, whether the breaker lets this request through or not; the others need an attempt.
    if (verdict.kind === 'crash') {
      this.#publishFault(verdict);
      this.#origin.crash(verdict.durationMs);
    }
    return verdict;
  }

  #publishFault({ faultId, kind }: Injected): void {
    if (!channels.fault.hasSubscribers) return;
    const { requestSeq } = this.#request;
    channels.fault.publish({ origin: this.#origin.name, requestSeq, attempt: this.#attempt, faultId, kind });
  }

  /** A permit of the breaker; `undefined` where there is no breaker. */
  async #admit(waitedSinceMs: number): Promise<Permit | undefined> {
    if (this.#origin.hasBreaker) this.#recorder.asking(waitedSinceMs);
    const { clock } = this.#context;
    const { signal, waitForPermit } = this.#request;
    const { deadlineAtMs } = this.#request.prepared;
    for (;;) {
      const answer = this.#origin.admit(clock.nowMs());
      if (answer === undefined || answer.admitted) return answer;
      const untilMs = Math.min(answer.retryAtMs ?? Infinity, deadlineAtMs);
      const mayWait = waitForPermit && untilMs !== Infinity;
      if (mayWait) await this.#origin.waitForPermit(untilMs, signal);
      this.#checkStillWanted();
      if (mayWait && clock.nowMs() < deadlineAtMs) continue;
      const error = this.#origin.refusal(this.#lastError, answer);
      error.attempt = this.#attempt;
      throw error;
    }
  }

  /** One attempt; its error is returned, for it is only an outcome here. */
  async #send(verdict: Verdict, permit: Permit | undefined): Promise<Response | PoolerError> {
    try {
      this.#checkStillWanted();
      const { prepared, signal, trace } = this.#request;
      const interposer = verdict.kind === 'pass' ? undefined : this.#spoil(verdict);
      const { onOver } = this.#recorder;
      const traceparent = trace?.traceparent(this.#attempt, verdict.kind !== 'pass');
      const pending = this.#origin.pool.begin(prepared, { signal, interposer, traceparent, onOver });
      this.#recorder.sending(pending.exchange);
      const response = await pending.response;
      if (this.#request.awaitBody) await response.body.arrived();
      if (verdict.kind === 'status') response.statusCode = verdict.statusCode;
      return response;
    } catch (error) {
      if (error instanceof PoolerError) return error;
      this.#forget(permit);
      throw error;
    }
  }

  /** What shall stand between this attempt and its wire. */
  #spoil(verdict: Injected): Interposer | undefined {
    if (verdict.kind !== 'crash') this.#publishFault(verdict);
    return interposerFor(verdict, this.#context.clock);
  }

  #failed(error: PoolerError): AttemptOutcome {
    error.attempt = this.#attempt;
    this.#lastError = error;
    this.#recorder.attemptFailed(error);
    return { kind: 'error', error };
  }

  #answered(response: Response): AttemptOutcome {
    const { statusCode } = response;
    if (statusCode < 400) return { kind: 'response', statusCode };
    const retryAfter = response.headers['retry-after'];
    const isText = typeof retryAfter === 'string';
    const retryAfterMs = isText ? parseRetryAfterMs(retryAfter, this.#context.wallNowMs()) : undefined;
    return { kind: 'response', statusCode, retryAfterMs };
  }

  #decide(outcome: AttemptOutcome): ReturnType<typeof decideRetry> {
    const { clock, retry, budget, rng } = this.#context;
    const facts = {
      idempotent: this.#request.prepared.isIdempotent,
      policyAttemptsUsed: this.#policyAttempts,
      resendUsed: this.#resendUsed,
      deadlineAtMs: this.#request.prepared.deadlineAtMs,
      nowMs: clock.nowMs(),
    };
    return decideRetry(outcome, facts, retry, budget, rng);
  }

  #settle(permit: Permit | undefined, outcome: AttemptOutcome): void {
    if (!permit) return;
    const nowMs = this.#context.clock.nowMs();
    const result = classifyCall(outcome);
    if (result === 'success') permit.success(nowMs);
    else if (result === 'not-a-call') this.#forget(permit);
    else {
      this.#recorder.callFailed(nowMs);
      permit.failure(nowMs, result);
    }
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
    const error = new PoolerError(code, `${name}: ${message}`, { phase: 'admission', origin: name, cause });
    error.attempt = this.#attempt;
    return error;
  }
}
