import type { FaultEffect, PlannedFault } from '#libs/campaign';
import { STEADY_MS, SteadyStretch, type Tenths } from '#libs/stats';
import type { FaultSighting } from './fault-sightings.ts';

type Recovery =
  | { readonly kind: 'awaited' }
  | { readonly kind: 'seen'; readonly atMs: number }
  /** It may have been in a second that we were not shown, as before a takeover of the run. */
  | { readonly kind: 'missed' };

/**
 * Follows a run second by second from the end of one of its faults on, and finds when the client had recovered from it: by
 * the rule of drills, on what the fault can be known by. Of a client's own fault that is what it struck and the collateral
 * of it, of the others it is what is organic.
 */
export class FaultWatch {
  readonly fault: PlannedFault;
  readonly #stretch = new SteadyStretch(STEADY_MS);
  #recovery: Recovery = { kind: 'awaited' };

  constructor(fault: PlannedFault) {
    this.fault = fault;
  }

  /**
   * @param tenths of the next second of the run; `undefined` where nobody has shown it to us, so that we cannot know
   * @param sighting what has been seen of the fault so far
   */
  feed(second: number, tenths: Readonly<Tenths> | undefined, sighting: FaultSighting | undefined): void {
    const { where, endMs } = this.fault;
    if ((second + 1) * 1_000 <= endMs || this.#recovery.kind !== 'awaited') return;
    if (!tenths) {
      this.#recovery = { kind: 'missed' };
      return;
    }
    const { used, organic, collateral } = tenths;
    const [affected, lastMs = -Infinity] = where === 'client' ? [collateral, sighting?.lastMs] : [organic];
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const bit = 1 << tenth;
      const atMs = second * 1_000 + tenth * 100;
      if (atMs < endMs || (used & bit) === 0) continue;
      const fromMs = this.#stretch.add(atMs, (affected & bit) !== 0 || atMs <= lastMs);
      if (fromMs === undefined) continue;
      this.#recovery = { kind: 'seen', atMs: fromMs };
      return;
    }
  }

  /** @param sighting all that has been seen of the fault */
  effect(sighting: FaultSighting | undefined): FaultEffect {
    return {
      hits: this.fault.where === 'client' ? (sighting?.attempts ?? 0) : undefined,
      detectedMs: sighting?.firstMs ?? null,
      // What was never seen cannot be seen to go away.
      recoveredMs: sighting && this.#recovery.kind === 'seen' ? this.#recovery.atMs : null,
    };
  }
}
