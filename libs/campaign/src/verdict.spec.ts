import { describe, expect, it } from 'vitest';
import { Check, type CheckResult } from './check.ts';
import { parseCondition } from './condition.ts';
import type { Generator } from './generator.ts';
import type { AbortedBy, RunState } from './run-state.ts';
import { judgeChecks, verdictOf, type Evidence } from './verdict.ts';

const good: Generator = { arrivals: 1_000, missed: 0, lagP99Ms: 2 };
const slow: Generator = { arrivals: 1_000, missed: 0, lagP99Ms: 101 };
const completed: RunState = { kind: 'completed', sinceMs: 9, isDryRun: false, isRecovered: true };
const abortedBy = (by: AbortedBy): RunState => ({ kind: 'aborted', sinceMs: 9, abort: { by, reason: '' } });

const read = () => ({ value: 100, samples: 50 });
const CHECKS = {
  pass: 'latency.p99 < 200ms',
  fail: 'latency.p99 < 50ms',
  inconclusive: 'latency.p99 < 200ms min 99',
};
const judge = (texts: readonly string[], generator = good): CheckResult[] =>
  judgeChecks(
    texts.map((text) => new Check(parseCondition(text))),
    read,
    generator,
  );
const evidence = (...states: Array<CheckResult['state']>): Evidence => ({
  checks: judge(states.map((state) => CHECKS[state])),
  requests: 1_000,
  generator: good,
});

describe('the verdict on a run', () => {
  it.each([
    ['pass', 'without checks', completed, evidence()],
    ['pass', 'when all checks pass', completed, evidence('pass', 'pass')],
    ['inconclusive', 'when one check is inconclusive', completed, evidence('pass', 'inconclusive')],
    ['fail', 'when a check fails, whatever is inconclusive', completed, evidence('inconclusive', 'fail')],
    ['inconclusive', 'when nothing was finished', completed, { ...evidence('pass'), requests: 0 }],
    ['inconclusive', 'when the generator was too slow', completed, { ...evidence('fail'), generator: slow }],
    ['fail', 'when the target did not recover', { ...completed, isRecovered: false }, evidence('pass')],
    ['inconclusive', 'of a dry run', { ...completed, isDryRun: true }, evidence()],
    ['fail', 'when a guardrail tripped', abortedBy('guardrail'), evidence('pass')],
    [
      'fail',
      'when a guardrail tripped, also with a slow generator',
      abortedBy('guardrail'),
      { ...evidence(), generator: slow },
    ],
    ['inconclusive', 'when a user aborted', abortedBy('user'), evidence('fail')],
    ['inconclusive', 'when the lever was pulled', abortedBy('lever'), evidence('fail')],
    ['inconclusive', 'when a signal came', abortedBy('signal'), evidence('fail')],
    ['error', 'when the lease was lost', abortedBy('lease-lost'), evidence('pass')],
    [
      'error',
      'when something of ours failed',
      { kind: 'errored', sinceMs: 9, message: '' },
      evidence('fail'),
    ],
    ['pending', 'while it runs', { kind: 'running', sinceMs: 9 }, evidence('fail')],
  ] as Array<[string, string, RunState, Evidence]>)('is %s %s', (verdict, _case, state, facts) => {
    expect(verdictOf(state, facts)).toBe(verdict);
  });
});

describe('a generator that was too slow', () => {
  it('makes every check inconclusive and keeps the numbers', () => {
    expect(judge([CHECKS.pass, CHECKS.fail], slow)).toMatchObject([
      { state: 'inconclusive', actual: 100, margin: 100, reason: 'the generator was too slow' },
      { state: 'inconclusive', actual: 100, margin: -50, reason: 'the generator was too slow' },
    ]);
  });

  it.each([
    ['1 % missed is still good', { arrivals: 990, missed: 10, lagP99Ms: 0 }, 'pass'],
    ['more than 1 % missed is too slow', { arrivals: 989, missed: 11, lagP99Ms: 0 }, 'inconclusive'],
    ['100 ms late is still good', { arrivals: 1, missed: 0, lagP99Ms: 100 }, 'pass'],
    ['more than 100 ms late is too slow', { arrivals: 1, missed: 0, lagP99Ms: 100.1 }, 'inconclusive'],
    ['a closed load has no arrivals', { arrivals: 0, missed: 0, lagP99Ms: 0 }, 'pass'],
  ])('%s', (_case, generator, state) => {
    expect(judge([CHECKS.pass], generator)[0]?.state).toBe(state);
  });
});
