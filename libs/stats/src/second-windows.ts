import { wholeOption } from '#libs/kernel';
import { addCounts } from './counts.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import type { RequestSample } from './request-sample.ts';

/** The plain numbers of a second, named as in `PhaseCounts`. */
export type SecondCounts = {
  requests: number;
  ok: number;
  failed: number;
  surfaced: number;
  retries: number;
  missed: number;
};

/**
 * What became of the requests that ended in each tenth of a second, as bits: bit `n` stands for the tenth that begins
 * `n` × 100 ms after the second does.
 */
export type Tenths = {
  /** Some ended. */
  used: number;
  /** Some had an organic cause. */
  organic: number;
  /** Some had a collateral cause. */
  collateral: number;
};

/** A second, or a window of them, as plain JSON. */
export interface SecondSnapshot {
  /** Its number: the second from t = 0 is 0, the one before is −1. */
  readonly second: number;
  readonly counts: Readonly<SecondCounts>;
  readonly latency: string;
  readonly tenths: Readonly<Tenths>;
}

/** What was counted in one second, or in several together. */
export interface WindowTally {
  readonly counts: Readonly<SecondCounts>;
  /** From the intended start to the end, of the requests that ended then. */
  readonly latency: LatencyHistogram;
}

const noCounts = (): SecondCounts => ({
  requests: 0,
  ok: 0,
  failed: 0,
  surfaced: 0,
  retries: 0,
  missed: 0,
});

const noTenths = (): Tenths => ({ used: 0, organic: 0, collateral: 0 });

/** One second of the ring. Used again for a later one. */
class Second implements WindowTally {
  number: number;
  counts = noCounts();
  tenths = noTenths();
  readonly latency = new LatencyHistogram();

  constructor(number: number) {
    this.number = number;
  }

  begin(number: number): void {
    this.number = number;
    this.counts = noCounts();
    this.tenths = noTenths();
    this.latency.clear();
  }
}

/**
 * The last seconds of a run, for what must hold `for 10s` and for the live series. A request belongs to the second in
 * which it ended, so that a second that is over does not change any more, and to no phase.
 *
 * Its memory is bounded: about 92 KiB for each second that is kept.
 */
export class SecondWindows {
  readonly #ring: Array<Second | undefined>;
  #newest = -Infinity;

  /** @param seconds how many are kept, from 1 to 3600 */
  constructor(seconds: number) {
    this.#ring = Array.from({ length: wholeOption('seconds', seconds, 1, 3600) }, () => undefined);
  }

  /** A request is over, at `endedMs` from t = 0. Returns false when its second is kept no more, and nothing was counted. */
  add(endedMs: number, sample: RequestSample): boolean {
    const second = Math.floor(endedMs / 1_000);
    const slot = this.#slotFor(second);
    if (!slot) return false;
    const { counts, tenths } = slot;
    const bit = 1 << Math.floor((endedMs - second * 1_000) / 100);
    tenths.used |= bit;
    if (sample.cell.startsWith('organic/')) tenths.organic |= bit;
    else if (sample.cell.startsWith('collateral/')) tenths.collateral |= bit;
    counts.requests += 1;
    if (sample.isOk) counts.ok += 1;
    else counts.failed += 1;
    if (sample.outcome === 'surfaced') counts.surfaced += 1;
    counts.retries += sample.retries;
    slot.latency.record(sample.latencyMs);
    return true;
  }

  /** An arrival was never sent. */
  addMissed(second: number): boolean {
    const slot = this.#slotFor(second);
    if (slot) slot.counts.missed += 1;
    return slot !== undefined;
  }

  /** Adds what another segment has counted. Returns false when that second is kept no more. */
  merge({ second, counts, latency, tenths }: SecondSnapshot): boolean {
    const slot = this.#slotFor(second);
    if (!slot) return false;
    addCounts(slot.counts, counts);
    slot.latency.merge(latency);
    slot.tenths.used |= tenths.used;
    slot.tenths.organic |= tenths.organic;
    slot.tenths.collateral |= tenths.collateral;
    return true;
  }

  /** One second as it stands; without counts where nothing has happened or it is kept no more. */
  snapshot(second: number): SecondSnapshot {
    const { counts, latency } = this.window(second, 1);
    return { second, counts, latency: latency.encode(), tenths: { ...noTenths(), ...this.tenths(second) } };
  }

  /** Those of one second; `undefined` where nobody has counted anything for it or it is kept no more. */
  tenths(second: number): Readonly<Tenths> | undefined {
    const slot = this.#ring[this.#indexOf(second)];
    return slot?.number === second ? slot.tenths : undefined;
  }

  /** `seconds` seconds together, from number `first` on, as far as they are kept: the last as many as the ring has. */
  window(first: number, seconds: number): WindowTally {
    const counts = noCounts();
    const latency = new LatencyHistogram();
    for (const second of this.#ring) {
      if (!second || second.number < first || second.number >= first + seconds) continue;
      addCounts(counts, second.counts);
      latency.merge(second.latency);
    }
    return { counts, latency };
  }

  #slotFor(number: number): Second | undefined {
    if (number <= this.#newest - this.#ring.length) return undefined;
    this.#newest = Math.max(this.#newest, number);
    const second = (this.#ring[this.#indexOf(number)] ??= new Second(number));
    if (second.number !== number) second.begin(number);
    return second;
  }

  #indexOf(number: number): number {
    const size = this.#ring.length;
    // Seconds before t = 0 have negative numbers.
    return ((number % size) + size) % size;
  }
}
