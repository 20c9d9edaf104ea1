import type { AttributionCell } from './attribution.ts';
import { addCount, addCounts } from './counts.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import type { RequestSample } from './request-sample.ts';

/** The plain numbers of a phase. */
export type PhaseCounts = {
  /** Logical requests that are over. */
  requests: number;
  /** Those whose final status is 2xx or 3xx. */
  ok: number;
  /** The others. */
  failed: number;
  /** Those whose outcome is `surfaced`. */
  surfaced: number;
  attempts: number;
  /** Attempts beyond the first: by policy and re-sent. */
  retries: number;
  /** Times that a breaker opened. */
  circuitOpens: number;
  /** Arrivals of the open model that were sent. */
  arrivals: number;
  /** Arrivals that were never sent, because too much was in flight or nobody was there to send them. */
  missed: number;
};

/** A tally as plain JSON, its histograms encoded. What was never counted is left out of the two tables. */
export interface PhaseSnapshot {
  readonly counts: Readonly<PhaseCounts>;
  readonly attribution: Readonly<Partial<Record<AttributionCell, number>>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly latency: string;
  readonly sendLatency: string;
  readonly lag: string;
}

/** What was counted in one phase of a run, or in several together. Its memory does not grow with the requests. */
export class PhaseTally {
  readonly counts: PhaseCounts = {
    requests: 0,
    ok: 0,
    failed: 0,
    surfaced: 0,
    attempts: 0,
    retries: 0,
    circuitOpens: 0,
    arrivals: 0,
    missed: 0,
  };
  readonly attribution: Partial<Record<AttributionCell, number>> = {};
  /** Failures by code or `HTTP_503`, also those of attempts that a later one made good. Both sets of names are finite. */
  readonly errors: Record<string, number> = {};
  /** From the intended start to the end, of all requests that are over. */
  readonly latency = new LatencyHistogram();
  /** From the real send to the end. */
  readonly sendLatency = new LatencyHistogram();
  /** How late the generator sent each arrival. */
  readonly lag = new LatencyHistogram();

  /** A request is over. */
  add(sample: RequestSample): void {
    const { counts } = this;
    counts.requests += 1;
    if (sample.isOk) counts.ok += 1;
    else counts.failed += 1;
    if (sample.outcome === 'surfaced') counts.surfaced += 1;
    counts.attempts += sample.attempts;
    counts.retries += sample.retries;
    addCount(this.attribution, sample.cell, 1);
    for (const failure of sample.failures) addCount(this.errors, failure, 1);
    this.latency.record(sample.latencyMs);
    this.sendLatency.record(sample.sendLatencyMs);
  }

  /** An arrival was sent, `lagMs` after its time. */
  addArrival(lagMs: number): void {
    this.counts.arrivals += 1;
    this.lag.record(lagMs);
  }

  snapshot(): PhaseSnapshot {
    return {
      counts: { ...this.counts },
      attribution: { ...this.attribution },
      errors: { ...this.errors },
      latency: this.latency.encode(),
      sendLatency: this.sendLatency.encode(),
      lag: this.lag.encode(),
    };
  }

  /** Adds what another tally has counted: then it is as if all had been counted here. */
  merge({ counts, attribution, errors, latency, sendLatency, lag }: PhaseTally | PhaseSnapshot): void {
    addCounts(this.counts, counts);
    addCounts(this.attribution, attribution);
    addCounts(this.errors, errors);
    this.latency.merge(latency);
    this.sendLatency.merge(sendLatency);
    this.lag.merge(lag);
  }
}
