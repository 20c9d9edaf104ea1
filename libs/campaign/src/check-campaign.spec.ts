import { describe, expect, it } from 'vitest';
import type { CampaignSpec } from './campaign-spec.ts';
import { campaign, closed, open, resets } from './campaign.spec-helper.ts';
import { checkCampaign } from './check-campaign.ts';

const crash = { id: 'crash', type: 'crash', where: 'target', startMs: 2_000, durationMs: 500 } as const;
const drill = {
  namespace: 'demo',
  selector: { app: 'target' },
  mode: 'one',
  action: 'evict',
  atMs: 1_000,
} as const;

describe('a campaign', () => {
  it('may use everything at once', () => {
    const spec = campaign({
      scenarios: [open, { ...closed, durationMs: 10_000 }],
      faults: [
        { ...resets, startMs: 0, durationMs: 10_000 },
        { id: 'slow', type: 'latency', where: 'client', magnitude: '50ms~10ms', every: 10, fromRequest: 5 },
        { id: 'cut', type: 'crash', where: 'client', magnitude: '500ms', fromRequest: 300, every: 1_000 },
        crash,
      ],
      drill,
      checks: ['latency.p99 <= 1.5x baseline in recovery'],
      guardrails: ['failed.rate > 50% for 5s'],
    });
    expect(checkCampaign(spec)).toEqual([]);
  });

  it('is told all that is wrong with it at once', () => {
    const spec = campaign({ scenarios: [open, open], faults: [resets, resets], checks: ['p99 < 1s'] });
    expect(checkCampaign(spec).map(({ path, code }) => [path, code])).toEqual([
      ['scenarios.1.name', 'not_unique'],
      ['faults.1.id', 'not_unique'],
      ['checks.0', 'bad_condition'],
    ]);
  });

  const cases: ReadonlyArray<readonly [string, Partial<CampaignSpec>, string, string, string]> = [
    [
      'a closed scenario has no end',
      { scenarios: [closed] },
      'scenarios.0.duration',
      'missing',
      'given where requests is not',
    ],
    [
      'there is too much to plan',
      { scenarios: [{ ...closed, requests: 1_999_001 }, open] },
      'scenarios',
      'out_of_range',
      'for at most 2000000 requests to plan in all, got 2000001',
    ],
    [
      'a fault begins when the stages are over',
      { faults: [{ ...resets, startMs: 10_000 }] },
      'faults.0.start',
      'out_of_range',
      'before the end of the stages at 10000 ms, got 10000',
    ],
    [
      'a fault lasts longer than the stages',
      { faults: [{ ...resets, startMs: 4_000, durationMs: 6_001 }] },
      'faults.0.duration',
      'out_of_range',
      'at most 6000 ms, to the end of the stages, got 6001',
    ],
    [
      'a magnitude cannot be read',
      { faults: [{ id: 'slow', type: 'latency', where: 'client', magnitude: '50' }] },
      'faults.0.magnitude',
      'out_of_range',
      'a duration from 0ms to 1h',
    ],
    [
      'a magnitude is out of range',
      { faults: [{ id: 'down', type: 'status', where: 'client', magnitude: '600' }] },
      'faults.0.magnitude',
      'out_of_range',
      'a status code from 200 to 599, such as 503, got "600"',
    ],
    [
      'a magnitude smuggles in another fault',
      { faults: [{ id: 'slow', type: 'latency', where: 'client', magnitude: '50ms:5%,reset' }] },
      'faults.0.magnitude',
      'out_of_range',
      'a duration',
    ],
    [
      'a window is both a time and request numbers',
      { faults: [{ ...resets, startMs: 1, fromRequest: 5 }] },
      'faults.0.fromRequest',
      'not_supported',
      'left out beside start or duration',
    ],
    [
      'a fault strikes both by chance and by count',
      { faults: [{ ...resets, every: 5 }] },
      'faults.0.probability',
      'not_supported',
      'left out beside every',
    ],
    [
      'a fault rises to no end',
      { faults: [{ ...resets, rampTo: 0.5 }] },
      'faults.0.duration',
      'missing',
      'given, or requests, beside rampTo',
    ],
    [
      'a burst is longer than its period',
      { faults: [{ id: 'a', type: 'drop', where: 'client', every: 5, burst: 6 }] },
      'faults.0.burst',
      'out_of_range',
      'at most every, 5',
    ],
    [
      'a burst is left to chance',
      { faults: [{ ...resets, burst: 5 }] },
      'faults.0.probability',
      'not_supported',
      'left out beside burst',
    ],
    [
      'a dial is drawn for a connection',
      { faults: [{ ...resets, type: 'dns', scope: 'connection' }] },
      'faults.0.scope',
      'not_supported',
      'request or origin where type is dns',
    ],
    [
      'a crash of the client does not say when',
      { faults: [{ id: 'cut', type: 'crash', where: 'client' }] },
      'faults.0.fromRequest',
      'missing',
      'given for a crash of the client',
    ],
    [
      'the target shall do what its supervisor cannot',
      { faults: [{ ...crash, type: 'reset' }] },
      'faults.0.type',
      'not_supported',
      'one of latency, status, abort, slow-body, wrong-length, early-close, pause, crash where it strikes the target',
    ],
    [
      'the client shall do what only its target can',
      { faults: [{ ...resets, type: 'pause' }] },
      'faults.0.type',
      'not_supported',
      'where it strikes the client',
    ],
    [
      'a fault of the target is harder than it can be',
      { faults: [{ id: 'a', type: 'pause', where: 'target', magnitude: '11s' }] },
      'faults.0.magnitude',
      'out_of_range',
      'a duration from 0ms to 10s',
    ],
    [
      'a fault of the target goes by chance and by count',
      { faults: [{ id: 'a', type: 'abort', where: 'target', probability: 0.5, every: 2 }] },
      'faults.0.probability',
      'not_supported',
      'left out beside every or burst',
    ],
    [
      'a fault of the target knows request numbers',
      { faults: [{ id: 'a', type: 'abort', where: 'target', fromRequest: 5 }] },
      'faults.0.fromRequest',
      'not_supported',
      'left out for a fault of the target',
    ],
    [
      'a fault of the target outlasts its time to live',
      {
        scenarios: [{ ...open, stages: [{ durationMs: 3_600_000, ratePerSecond: 1 }] }],
        faults: [{ id: 'a', type: 'abort', where: 'target' }],
      },
      'faults.0.duration',
      'out_of_range',
      'at most 3590000 ms for a fault of the target',
    ],
    [
      'a fault of the proxy outlasts its time to live',
      {
        scenarios: [{ ...open, stages: [{ durationMs: 3_600_000, ratePerSecond: 1 }] }],
        faults: [{ id: 'a', type: 'latency', where: 'proxy' }],
      },
      'faults.0.duration',
      'out_of_range',
      'at most 3590000 ms for a fault of the proxy',
    ],
    [
      'a crash of the target has no end',
      { faults: [{ ...crash, durationMs: undefined }] },
      'faults.0.duration',
      'missing',
      'how long the target is down',
    ],
    [
      'a crash of the target is longer than its supervisor allows',
      {
        scenarios: [{ ...open, stages: [{ durationMs: 120_000, ratePerSecond: 1 }] }],
        faults: [{ ...crash, durationMs: 60_001 }],
      },
      'faults.0.duration',
      'out_of_range',
      'at most 60000 ms',
    ],
    [
      'a crash of the target is left to chance',
      { faults: [{ ...crash, probability: 0.5 }] },
      'faults.0.probability',
      'not_supported',
      'left out for a crash of the target',
    ],
    [
      'the proxy shall do what is no toxic',
      { faults: [{ ...resets, where: 'proxy' }] },
      'faults.0.type',
      'not_supported',
      'where it strikes in the proxy',
    ],
    [
      'a toxic of connections looks at requests',
      { faults: [{ id: 'a', type: 'bandwidth', where: 'proxy', match: { method: 'GET' } }] },
      'faults.0.match',
      'not_supported',
      'left out for bandwidth, which knows no requests',
    ],
    [
      'the proxy is down with some probability',
      { faults: [{ id: 'a', type: 'down', where: 'proxy', probability: 0.5 }] },
      'faults.0.probability',
      'not_supported',
      'left out for down',
    ],
    [
      'a drill comes after the stages',
      { drill: { ...drill, atMs: 10_000 } },
      'drill.at',
      'out_of_range',
      'before the end of the stages',
    ],
    [
      'a drill selects every pod',
      { drill: { ...drill, selector: {} } },
      'drill.selector',
      'missing',
      'at least one label',
    ],
    [
      'a drill lacks its number',
      { drill: { ...drill, mode: 'fixed' } },
      'drill.value',
      'missing',
      'given for mode fixed',
    ],
    [
      'a drill of one pod has a number',
      { drill: { ...drill, value: 2 } },
      'drill.value',
      'not_supported',
      'left out',
    ],
    [
      'a drill hits more than all pods',
      { drill: { ...drill, mode: 'fixed-percent', value: 101 } },
      'drill.value',
      'out_of_range',
      'a percentage from 1 to 100',
    ],
    [
      'a check hangs on a baseline that there is not',
      { checks: ['latency.p99 <= 1.5x baseline'], phases: { baselineMs: 0, recoveryMs: 0 } },
      'phases.baseline',
      'missing',
      'above 0s for checks.0',
    ],
    [
      'a guardrail watches a recovery that there is not',
      { guardrails: ['failed.rate > 1% in recovery'], phases: { baselineMs: 0, recoveryMs: 0 } },
      'phases.recovery',
      'missing',
      'above 0s for guardrails.0',
    ],
  ];

  it.each(cases)('is refused when %s', (_case, changes, path, code, words) => {
    const [problem, ...others] = checkCampaign(campaign(changes));
    expect(problem).toMatchObject({ path, code });
    expect(problem?.message).toContain(words);
    expect(others).toEqual([]);
  });
});
