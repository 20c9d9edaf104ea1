import type { ResolvedAdaptiveOptions } from './adaptive-options.ts';
import { SampleWindow } from './sample-window.ts';

/** The limit never falls to less than this share of itself by slow answers at once. Source: Netflix's `Gradient2Limit`. */
const MIN_GRADIENT = 0.5;
/** How far the limit goes in one window towards what the formula says. Gradient2 takes 0.2, but at every answer. */
const SMOOTHING = 0.5;
/** Response times that differ by less differ by the jitter of loop and network. Our choice. */
const JITTER_MS = 1;
/** What failures leave of the limit. Source: Netflix's `AIMDLimit`. */
const BACKOFF = 0.9;
/** A smaller share of failures is no sign of overload: servers restart, and networks lose. Our choice. */
const OVERLOAD_FAILURE_SHARE = 0.1;
/**
 * Half the load has helped if it brought response times down to this share. Where all of it had queued it brings a half;
 * where less helps, half the load is too little to keep the peer at work.
 */
const PROBE_HELPED = 0.7;
/** Probing never takes more than a twentieth of the time. */
const PROBE_PAUSE_FACTOR = 20;

/** Halves the load until that helps no longer, and then goes on with twice that: there was no queue either. */
interface Probing {
  readonly name: 'probing';
  readonly beganAtMs: number;
  /** Limit and response time before the load was last halved. */
  readonly before: { readonly limit: number; readonly meanMs: number };
}

type State = { readonly name: 'steady' } | Probing;

const STEADY: State = { name: 'steady' };

/**
 * How many requests a peer may have at once, found by how fast it answers. Once in a window, of answers that were asked
 * for within it:
 *
 *     gradient = clamp(0.5, 1, (tolerance × unloaded + 1 ms) / mean response time)
 *     limit   += 0.5 × (limit × gradient + √limit − limit)
 *
 * So it grows while answers take no longer than `tolerance` allows, and comes to rest where the queue at the peer makes
 * them longer. The gradient with its tolerance is that of Netflix's concurrency-limits (`Gradient2Limit`), the √limit of
 * headroom that of Envoy's adaptive concurrency filter. A response time of the unloaded peer in the place of Gradient2's
 * long average is Envoy's too: such an average learns the queue that the limit has made, and the limit drifts up
 * (Netflix/concurrency-limits #134 and #137). To measure it Envoy lets only a few requests through for a while; here the
 * load is halved, window by window, until that makes answers no faster, which costs a peer without a queue one window of
 * half the load.
 *
 * A tenth of failures in a window brings the limit to nine tenths instead (AIMD). While less than half the limit is used,
 * nothing is its doing, and it stays, as in Gradient2.
 *
 * Time and samples come from outside, and so does whoever keeps to the limit.
 */
export class ConcurrencyLimit {
  readonly #options: ResolvedAdaptiveOptions;
  readonly #window: SampleWindow;
  #state: State = STEADY;
  /** With fractions: small steps add up. */
  #exact: number;
  /** The mean response time without a queue, as far as it is known. */
  #unloadedMs: number | undefined = undefined;
  #probeAtMs = -Infinity;
  /** Whether half the limit was used in the window before. */
  #wasUsed = false;

  constructor(options: ResolvedAdaptiveOptions) {
    this.#options = options;
    this.#window = new SampleWindow(options.windowMs);
    this.#exact = options.initialLimit;
  }

  /** Requests at once, from `minLimit` to `maxLimit`. */
  get limit(): number {
    return Math.floor(this.#exact);
  }

  /**
   * A request was answered. Returns whether the limit has grown: then whoever waits may have a turn.
   *
   * @param begunAtMs when it was sent: what it waited before that is none of the peer's doing
   * @param leases the requests under way when it was sent, itself included
   */
  onAnswer(begunAtMs: number, leases: number, nowMs: number): boolean {
    this.#window.answered(begunAtMs, leases, nowMs);
    return this.#decideWhenFull(nowMs);
  }

  /** A request timed out, was cut or refused. Returns whether the limit has grown, for it may end a probe. */
  onFailure(begunAtMs: number, leases: number, nowMs: number): boolean {
    this.#window.failed(begunAtMs, leases);
    return this.#decideWhenFull(nowMs);
  }

  #decideWhenFull(nowMs: number): boolean {
    if (!this.#window.isFull(nowMs)) return false;
    const before = this.limit;
    this.#decide(nowMs);
    this.#window.restart(nowMs);
    return this.limit > before;
  }

  #decide(nowMs: number): void {
    const { meanMs, failureShare, peakLeases } = this.#window;
    const hasFailed = failureShare >= OVERLOAD_FAILURE_SHARE;
    const state = this.#state;
    if (state.name === 'probing') {
      if (!hasFailed) return this.#judgeProbe(state, meanMs, nowMs);
      this.#endProbe(state, nowMs);
      return this.#moveTo(this.#exact * BACKOFF);
    }
    const wasUsed = this.#wasUsed;
    this.#wasUsed = peakLeases * 2 >= this.limit;
    if (!this.#wasUsed) return undefined;
    if (hasFailed) return this.#moveTo(this.#exact * BACKOFF);
    // A load that has just come found the peer without its queue yet, and perhaps cold: such a mean misleads.
    if (!wasUsed) return undefined;
    // Whoever has not come to the limit would only be disturbed.
    if (nowMs >= this.#probeAtMs && peakLeases >= this.limit) return this.#beginProbe(meanMs, nowMs);
    return this.#steer(meanMs, nowMs);
  }

  #steer(meanMs: number, nowMs: number): void {
    const unloadedMs = this.#unloadedMs;
    if (unloadedMs === undefined) return undefined;
    if (meanMs <= unloadedMs) {
      // Measured again without trying.
      this.#unloadedMs = meanMs;
      this.#probeAtMs = nowMs + this.#options.probeIntervalMs;
    }
    const allowedMs = this.#options.tolerance * Math.min(meanMs, unloadedMs) + JITTER_MS;
    const gradient = Math.max(MIN_GRADIENT, Math.min(1, allowedMs / meanMs));
    const wanted = this.#exact * gradient + Math.sqrt(this.#exact);
    return this.#moveTo(this.#exact + (wanted - this.#exact) * SMOOTHING);
  }

  #beginProbe(meanMs: number, nowMs: number): void {
    const probing: Probing = {
      name: 'probing',
      beganAtMs: nowMs,
      before: { limit: this.#exact, meanMs },
    };
    if (this.limit > this.#options.minLimit) this.#halve(probing);
    else this.#judgeProbe(probing, meanMs, nowMs);
  }

  #judgeProbe(probing: Probing, meanMs: number, nowMs: number): void {
    const hasHelped = meanMs <= probing.before.meanMs * PROBE_HELPED;
    if (hasHelped && this.limit > this.#options.minLimit) {
      return this.#halve({ ...probing, before: { limit: this.#exact, meanMs } });
    }
    this.#unloadedMs = Math.min(meanMs, probing.before.meanMs);
    return this.#endProbe(probing, nowMs);
  }

  #endProbe({ beganAtMs, before }: Probing, nowMs: number): void {
    const pauseMs = Math.max(this.#options.probeIntervalMs, PROBE_PAUSE_FACTOR * (nowMs - beganAtMs));
    this.#probeAtMs = nowMs + pauseMs;
    this.#state = STEADY;
    this.#moveTo(before.limit);
  }

  #halve(probing: Probing): void {
    this.#state = probing;
    this.#moveTo(Math.floor(this.limit / 2));
  }

  #moveTo(limit: number): void {
    const { minLimit, maxLimit } = this.#options;
    this.#exact = Math.min(maxLimit, Math.max(minLimit, limit));
  }
}
