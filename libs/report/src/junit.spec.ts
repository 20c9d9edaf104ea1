import { describe, expect, it } from 'vitest';
import { toJunit } from './junit.ts';
import { reportOf, type ReportSource } from './report-model.ts';
import { failed, inconclusive, passed, source } from './report.spec-helper.ts';

const junit = (changes: Partial<ReportSource> = {}) => toJunit(reportOf(source(changes)));

describe('the report as JUnit XML', () => {
  it('has a test case for the run, each check and each guardrail', () => {
    const counts = 'name="survives" tests="4" failures="1" errors="0" skipped="0"';
    expect(junit({ verdict: 'fail', checks: [passed, failed] })).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        `<testsuites ${counts}>`,
        `  <testsuite ${counts} timestamp="2026-01-02T03:04:05.000Z">`,
        '    <properties>',
        '      <property name="id" value="run_1"/>',
        '      <property name="target" value="local"/>',
        '      <property name="verdict" value="fail"/>',
        '      <property name="seed" value="42"/>',
        '      <property name="digest" value="0123456789abcdef"/>',
        '      <property name="fault.resets" value="reset of the client from 0 ms to 10000 ms; detected: 12 ms; recovered: none seen"/>',
        '    </properties>',
        '    <testcase classname="survives.run" name="the run ends by itself"/>',
        '    <testcase classname="survives.check" name="latency.p99 &lt; 200ms"/>',
        '    <testcase classname="survives.check" name="surfaced.rate &lt;= 1%">',
        '      <failure message="actual 50 %, bound 1 %, 2 requests"/>',
        '    </testcase>',
        '    <testcase classname="survives.guardrail" name="failed.rate &gt; 90%"/>',
        '  </testsuite>',
        '</testsuites>',
        '',
      ].join('\n'),
    );
  });

  it('skips a check that is inconclusive, and says why', () => {
    expect(junit({ checks: [inconclusive] })).toContain(
      '<skipped message="inconclusive, fewer than 100 finished requests: actual 12.5 ms, bound 200 ms, 2 requests"/>',
    );
  });

  it('fails a guardrail that tripped, and not the run a second time', () => {
    const xml = junit({
      verdict: 'fail',
      state: { kind: 'aborted', sinceMs: 9, abort: { by: 'guardrail', reason: 'failed.rate' } },
      checks: [],
      guardrails: [{ guardrail: 'failed.rate > 50%', trippedBy: 0.75, unit: 'ratio' }],
    });
    expect(xml).toContain('<failure message="tripped at 75 %"/>');
    expect(xml).toContain('tests="2" failures="1" errors="0" skipped="0"');
  });

  it.each([
    [
      'an error for a failure of ours',
      { verdict: 'error', state: { kind: 'errored', sinceMs: 9, message: 'no Redis' } },
      '<error message="no Redis"/>',
    ],
    [
      'skipped for an abort by a user',
      {
        verdict: 'inconclusive',
        state: { kind: 'aborted', sinceMs: 9, abort: { by: 'user', reason: 'enough' } },
      },
      '<skipped message="aborted by user: enough"/>',
    ],
    [
      'a failure for a target that did not recover',
      { verdict: 'fail', state: { kind: 'completed', sinceMs: 9, isDryRun: false, isRecovered: false } },
      '<failure message="the target did not answer after the run"/>',
    ],
    [
      'skipped for a dry run',
      {
        verdict: 'inconclusive',
        state: { kind: 'completed', sinceMs: 9, isDryRun: true, isRecovered: true },
      },
      '<skipped message="a dry run sends nothing"/>',
    ],
    [
      'skipped while it runs',
      { verdict: 'pending', state: { kind: 'running', sinceMs: 9 } },
      '<skipped message="the run is running"/>',
    ],
  ] as Array<[string, Partial<ReportSource>, string]>)('has of the run %s', (_case, changes, element) => {
    expect(junit(changes)).toContain(element);
  });

  it('escapes what XML would read as its own, and drops what it cannot hold', () => {
    const abort = { by: 'user', reason: 'a<b>"c"&\u0000\n\uD800😀' } as const;
    expect(junit({ state: { kind: 'aborted', sinceMs: 9, abort } })).toContain(
      'message="aborted by user: a&lt;b&gt;&quot;c&quot;&amp;\uFFFD&#10;\uFFFD😀"',
    );
  });
});
