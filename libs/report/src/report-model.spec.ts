import { describe, expect, it } from 'vitest';
import { toJson } from './json.ts';
import { reportOf } from './report-model.ts';
import { source } from './report.spec-helper.ts';

describe('a report', () => {
  it('says what was planned, what was measured and what came of it', () => {
    expect(reportOf(source())).toMatchObject({
      id: 'run_1',
      campaign: 'survives',
      target: 'local',
      state: 'completed',
      verdict: 'pass',
      reason: undefined,
      startedAt: '2026-01-02T03:04:05.000Z',
      endedAt: undefined,
      isDryRun: false,
      seed: 42,
      digest: '0123456789abcdef',
      replay: 'full',
      summary: {
        requests: 2,
        ok: 1,
        failed: 1,
        attribution: { 'none/first-try': 1, 'injected/surfaced': 1 },
        errors: { PLR_RESET: 1 },
      },
      faults: [{ id: 'resets', expectedHits: 1, hits: 3, detectedMs: 12, recoveredMs: null }],
    });
  });

  it('has no latencies of a phase in which nothing finished', () => {
    const { phases } = reportOf(source());
    expect(phases.baseline.latencyMs).toBeUndefined();
    expect(phases.stages.latencyMs?.p50).toBeCloseTo(10, 1);
  });

  it('gives the reason of an end before time', () => {
    const abort = { by: 'lever', reason: 'all stop' } as const;
    expect(reportOf(source({ state: { kind: 'aborted', sinceMs: 9, abort } })).reason).toBe(
      'aborted by lever: all stop',
    );
    expect(reportOf(source({ state: { kind: 'errored', sinceMs: 9, message: 'no Redis' } })).reason).toBe(
      'no Redis',
    );
    const unwell = { kind: 'completed', sinceMs: 9, isDryRun: false, isRecovered: false } as const;
    expect(reportOf(source({ state: unwell })).reason).toBe('the target did not answer after the run');
  });
});

describe('the report as JSON', () => {
  it('is the whole model, with null for what is not known', () => {
    const text = toJson(reportOf(source()));
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toMatchObject({
      verdict: 'pass',
      reason: null,
      endedAt: null,
      phases: { baseline: { latencyMs: null } },
      checks: [{ check: 'latency.p99 < 200ms', state: 'pass', actual: 12.5, reason: null }],
    });
  });
});
