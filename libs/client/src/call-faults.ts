import type { Clock } from '#libs/kernel';
import { PASS, type FaultedRequest, type Injected, type Verdict } from '#libs/faults';
import { ConnectionFault } from '#libs/faults/apply';
import type { ExchangeExtras, PendingResponse } from '#libs/pool';
import { channels } from '#libs/records';
import type { CallRecorder } from './call-recorder.ts';
import type { CallRequest } from './call.ts';
import type { FaultSource } from './options.ts';
import type { Origin } from './origin.ts';

/** What faults do to one call: a verdict for each attempt, told on the channel and carried out on its exchange. */
export class CallFaults {
  readonly #source: FaultSource;
  readonly #origin: Origin;
  readonly #request: CallRequest;
  readonly #faulted: FaultedRequest;
  readonly #recorder: CallRecorder;
  readonly #clock: Clock;
  #attempt = 0;

  constructor(
    source: FaultSource,
    origin: Origin,
    request: CallRequest,
    faulted: FaultedRequest,
    recorder: CallRecorder,
    clock: Clock,
  ) {
    this.#source = source;
    this.#origin = origin;
    this.#request = request;
    this.#faulted = faulted;
    this.#recorder = recorder;
    this.#clock = clock;
  }

  /** The verdict on attempt number `attempt`, before it is admitted. */
  draw(attempt: number): Verdict {
    this.#attempt = attempt;
    const { requestSeq, firstVerdict } = this.#request;
    const verdict = attempt === 1 ? firstVerdict : this.#source.decide(requestSeq, attempt, this.#faulted);
    // A crash happens to the server, whether the breaker lets this request through or not; the others need an attempt.
    if (verdict.kind === 'crash') {
      this.#publish(verdict);
      this.#origin.crash(verdict.durationMs);
    }
    return verdict;
  }

  /** Begins the attempt as its verdict has it; `undefined` where nothing stands in its way. */
  begin(verdict: Verdict, extras: ExchangeExtras): PendingResponse | undefined {
    const { faults, pool } = this.#origin;
    const { prepared } = this.#request;
    if (verdict.kind === 'pass') {
      if (!this.#source.asksConnections) return undefined;
      const interposer = new ConnectionFault((id) => this.#drawOnConnection(id), this.#clock);
      return pool.begin(prepared, { ...extras, interposer });
    }
    if (verdict.kind !== 'crash') this.#publish(verdict);
    return faults?.begin(pool, verdict, prepared, extras);
  }

  #drawOnConnection(connectionId: number): Verdict {
    const { requestSeq } = this.#request;
    const verdict = this.#source.decideOnConnection?.(connectionId, requestSeq, this.#faulted) ?? PASS;
    if (verdict.kind === 'pass') return PASS;
    this.#publish(verdict);
    this.#recorder.metOnConnection(verdict);
    return verdict;
  }

  #publish({ faultId, kind }: Injected): void {
    if (!channels.fault.hasSubscribers) return;
    const { requestSeq } = this.#request;
    channels.fault.publish({ origin: this.#origin.name, requestSeq, attempt: this.#attempt, faultId, kind });
  }
}
