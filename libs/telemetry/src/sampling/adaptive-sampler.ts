import type { Clock, Rng } from '#libs/kernel';
import { RateCap } from './rate-cap.ts';
import type { KeepClass, TraceSampler } from './trace-sampler.ts';

/** Up to this many requests a second every one is kept; above, as large a share as makes about so many. */
const KEPT_PER_S = 50;
/** Of each class that is worth keeping whatever the load. */
const CLASS_CAP_PER_S = 20;

/**
 * Keeps every trace while requests are few, and a share of them when they are many: at `r` requests a second each is
 * kept with probability min(1, 50 / r), where `r` is the larger of what the last full second saw and what this one has
 * seen so far. Of the requests left out, at most 20 a second of each class are kept all the same.
 */
export class AdaptiveSampler implements TraceSampler {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #caps: Readonly<Record<KeepClass, RateCap>> = {
    injected: new RateCap(CLASS_CAP_PER_S),
    retried: new RateCap(CLASS_CAP_PER_S),
    failed: new RateCap(CLASS_CAP_PER_S),
    slow: new RateCap(CLASS_CAP_PER_S),
  };
  #second = 0;
  #seen = 0;
  #seenBefore = 0;

  constructor(clock: Clock, rng: Rng) {
    this.#clock = clock;
    this.#rng = rng;
  }

  keepsAtStart(): boolean {
    const second = Math.floor(this.#clock.nowMs() / 1_000);
    if (second !== this.#second) {
      this.#seenBefore = second === this.#second + 1 ? this.#seen : 0;
      this.#seen = 0;
      this.#second = second;
    }
    this.#seen += 1;
    const perSecond = Math.max(this.#seen, this.#seenBefore);
    return perSecond <= KEPT_PER_S || this.#rng.next() * perSecond < KEPT_PER_S;
  }

  keeps(why: KeepClass): boolean {
    return this.#caps[why].take(this.#clock.nowMs());
  }
}
