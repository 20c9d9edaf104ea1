import { describe, expect, it } from 'vitest';
import { seededRng, type Rng } from '#libs/kernel';
import { ATTRIBUTION_CELLS, type Outcome } from './attribution.ts';
import type { RequestSample } from './request-sample.ts';
import { RUN_PHASES } from './run-phase.ts';
import { RunTally } from './run-tally.ts';

const SAMPLE: RequestSample = {
  isOk: true,
  outcome: 'first-try',
  cell: 'none/first-try',
  attempts: 1,
  retries: 0,
  latencyMs: 12,
  sendLatencyMs: 10,
  failures: [],
};

function drawSample(rng: Rng): RequestSample {
  const below = (count: number): number => Math.floor(rng.next() * count);
  const cell = ATTRIBUTION_CELLS[below(ATTRIBUTION_CELLS.length)] ?? 'none/first-try';
  const outcome: Outcome = cell.endsWith('surfaced') ? 'surfaced' : 'first-try';
  const failures = ['PLR_RESET', 'HTTP_503', 'PLR_ATTEMPT_TIMEOUT'].slice(0, below(4));
  const latencyMs = rng.next() * 5000;
  return {
    isOk: outcome !== 'surfaced',
    outcome,
    cell,
    attempts: 1 + below(3),
    retries: below(3),
    latencyMs,
    sendLatencyMs: latencyMs / 2,
    failures,
  };
}

describe("a run's tally", () => {
  it('counts requests by phase, and all phases together', () => {
    const tally = new RunTally();
    tally.phases.baseline.add(SAMPLE);
    tally.phases.stages.add({
      ...SAMPLE,
      isOk: false,
      outcome: 'surfaced',
      cell: 'injected/surfaced',
      attempts: 3,
      retries: 2,
      failures: ['PLR_RESET', 'HTTP_503', 'PLR_RESET'],
    });
    tally.phases.stages.addArrival(1.5);
    tally.phases.stages.counts.missed += 1;
    const total = tally.total();
    expect(total.counts).toEqual({
      requests: 2,
      ok: 1,
      failed: 1,
      surfaced: 1,
      attempts: 4,
      retries: 2,
      circuitOpens: 0,
      arrivals: 1,
      missed: 1,
    });
    expect(total.attribution).toEqual({ 'none/first-try': 1, 'injected/surfaced': 1 });
    expect(total.errors).toEqual({ PLR_RESET: 2, HTTP_503: 1 });
    expect([total.latency.maxMs, total.sendLatency.count, total.lag.maxMs]).toEqual([12.007, 2, 1.5]);
    expect(tally.phases.baseline.counts.requests).toBe(1);
  });

  it('of segments, sent as JSON and merged, is that of one segment that did it all', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const rng = seededRng(seed);
      const whole = new RunTally();
      const segments = [new RunTally(), new RunTally(), new RunTally()];
      for (let request = 0; request < 300; request += 1) {
        const phase = RUN_PHASES[Math.floor(rng.next() * 3)] ?? 'stages';
        const segment = segments[Math.floor(rng.next() * 3)];
        const sample = drawSample(rng);
        const lagMs = rng.next();
        for (const tally of [whole, segment]) {
          tally?.phases[phase].add(sample);
          tally?.phases[phase].addArrival(lagMs);
        }
      }
      const merged = new RunTally();
      for (const segment of segments) {
        const sent: unknown = JSON.parse(JSON.stringify(segment.snapshot()));
        expect(sent).toEqual(segment.snapshot());
        merged.merge(segment.snapshot());
      }
      expect(merged.snapshot()).toEqual(whole.snapshot());
    }
  });

  it('has a request in exactly one cell', () => {
    const rng = seededRng(5);
    const { stages } = new RunTally().phases;
    for (let request = 0; request < 500; request += 1) stages.add(drawSample(rng));
    const inCells = Object.values(stages.attribution).reduce((sum, times) => sum + times, 0);
    expect(inCells).toBe(stages.counts.requests);
  });

  it('has a snapshot that later counts do not change', () => {
    const tally = new RunTally();
    const before = tally.snapshot();
    tally.phases.recovery.add(SAMPLE);
    expect(before.recovery).toMatchObject({ counts: { requests: 0 }, attribution: {} });
  });
});
