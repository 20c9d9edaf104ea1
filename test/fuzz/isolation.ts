import type { RequestRecord } from '#libs/records';

/** When an origin was taken out by hand: nothing new may go out to it then. */
export class Isolation {
  readonly #found: (sentence: string) => void;
  readonly #over: Array<{ readonly fromMs: number; readonly toMs: number }> = [];
  #sinceMs: number | undefined;
  /** When it ends. */
  untilMs = -Infinity;

  constructor(found: (sentence: string) => void) {
    this.#found = found;
  }

  get isOn(): boolean {
    return this.#sinceMs !== undefined;
  }

  begin(nowMs: number, untilMs: number): void {
    this.#sinceMs = nowMs;
    this.untilMs = untilMs;
  }

  end(nowMs: number): void {
    if (this.#sinceMs !== undefined) this.#over.push({ fromMs: this.#sinceMs, toMs: nowMs });
    this.#sinceMs = undefined;
  }

  /** A re-send goes out on the permit of the attempt before it. */
  onRecord({ requestSeq, attempts }: RequestRecord): void {
    for (const { kind, queuedAtMs } of attempts) {
      if (kind !== 'resend' && this.#wasOn(queuedAtMs))
        this.#found(`t${requestSeq} was sent at ${queuedAtMs} to an origin that was taken out by hand`);
    }
  }

  #wasOn(atMs: number): boolean {
    if (this.#sinceMs !== undefined && atMs > this.#sinceMs) return true;
    return this.#over.some(({ fromMs, toMs }) => atMs > fromMs && atMs < toMs);
  }
}
