import { PASS } from '#libs/faults';
import { describe, expect, it } from 'vitest';
import type { CampaignSpec, FaultSpec } from './campaign-spec.ts';
import { campaign, closed, open, resets, target } from './campaign.spec-helper.ts';
import { planRun, type RunPlan } from './plan.ts';
import { ScenarioFaults } from './scenario-faults.ts';
import type { TargetLimits } from './refusal.ts';

const OPTIONS = { seed: 42, segments: 2 };

function planOf(changes: Partial<CampaignSpec>, options = OPTIONS): RunPlan {
  const result = planRun(campaign(changes), target, options);
  if (result.kind === 'refused') throw new Error(JSON.stringify(result.refusals));
  return result.plan;
}

function refusalsOf(changes: Partial<CampaignSpec>, limits: Partial<TargetLimits> = {}) {
  const result = planRun(campaign(changes), { ...target, ...limits }, OPTIONS);
  return result.kind === 'refused' ? result.refusals : [];
}

const requestBound = { ...closed, requests: 400 };

describe('a plan', () => {
  it('says the phases, the arrivals of each stage and the limits', () => {
    const ramp = [...open.stages, { durationMs: 10_000, ratePerSecond: 300 }];
    const plan = planOf({
      scenarios: [
        { ...open, stages: ramp },
        { ...closed, durationMs: 5_000 },
      ],
    });
    expect(plan).toMatchObject({
      seed: 42,
      segments: 2,
      phases: { baselineMs: 5_000, stagesMs: 20_000, recoveryMs: 5_000, mayEndEarly: false },
      scenarios: [
        { name: 'open', model: 'open', stageArrivals: [1_000, 2_000], arrivals: 3_000 },
        { name: 'closed', model: 'closed', concurrency: 5, requests: undefined, durationMs: 5_000 },
      ],
      peak: { ratePerSecond: 300, concurrency: 5 },
      limits: { ratePerSecond: 1_000, concurrency: 200, durationMs: undefined, pods: undefined },
      openInFlight: 195,
    });
  });

  it('survives being stored as JSON', () => {
    const plan = planOf({ faults: [resets], blastRadius: { maxDurationMs: 60_000 } });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('may end early when requests alone bound every scenario, and after ten minutes at the latest', () => {
    expect(planOf({ scenarios: [requestBound] }).phases).toMatchObject({
      stagesMs: 600_000,
      mayEndEarly: true,
    });
    expect(planOf({ scenarios: [requestBound, open] }).phases).toMatchObject({
      stagesMs: 10_000,
      mayEndEarly: false,
    });
  });

  it('counts how often each fault will strike a first attempt', () => {
    const everyTenth = {
      id: 'tenth',
      type: 'status',
      where: 'client',
      every: 10,
      fromRequest: 500,
      requests: 100,
    } as const;
    const half = { ...resets, probability: 1, startMs: 5_000 };
    expect(planOf({ faults: [everyTenth, half] }).faults).toEqual([
      { id: 'tenth', type: 'status', where: 'client', startMs: 0, endMs: 10_000, expectedHits: 10 },
      // Requests 500 to 999, but for the ten that the first fault took.
      { id: 'resets', type: 'reset', where: 'client', startMs: 5_000, endMs: 10_000, expectedHits: 490 },
    ]);
  });

  it('does not know the hits of a fault that goes by time in a closed scenario, or strikes the target', () => {
    const crash = { id: 'crash', type: 'crash', where: 'target', startMs: 100, durationMs: 500 } as const;
    const { faults } = planOf({ scenarios: [{ ...closed, durationMs: 5_000 }], faults: [resets, crash] });
    expect(faults.map(({ expectedHits }) => expectedHits)).toEqual([undefined, undefined]);
    expect(planOf({ scenarios: [requestBound], faults: [resets] }).faults[0]?.expectedHits).toBeTypeOf(
      'number',
    );
  });
});

describe('the digest of a plan', () => {
  const faults = [resets];

  it('is the same for the same seed, in however many segments', () => {
    expect(planOf({ faults }, { seed: 42, segments: 1 }).digest).toBe(planOf({ faults }).digest);
    expect(planOf({ faults }).digest).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    ['the seed', {}, { seed: 43, segments: 2 }],
    ['the name of a scenario', { scenarios: [{ ...open, name: 'other' }] }, OPTIONS],
    ['the probability', { faults: [{ ...resets, probability: 0.2 }] }, OPTIONS],
    ['the window', { faults: [{ ...resets, startMs: 5_000 }] }, OPTIONS],
    ['the number of arrivals', { scenarios: [{ ...open, startRatePerSecond: 50 }] }, OPTIONS],
  ] as Array<[string, Partial<CampaignSpec>, typeof OPTIONS]>)(
    'changes with %s',
    (_what, changes, options) => {
      expect(planOf({ faults, ...changes }, options).digest).not.toBe(planOf({ faults }).digest);
    },
  );

  it('does not change with the length of baseline and recovery, which have no faults', () => {
    const phases = { baselineMs: 0, recoveryMs: 60_000 };
    expect(planOf({ faults, phases }).digest).toBe(planOf({ faults }).digest);
  });
});

describe('a replay', () => {
  const timed = { ...resets, durationMs: 1_000 };
  it.each([
    ['full', 'of an open scenario, whose faults go by intended starts', { faults: [timed] }],
    ['full', 'of a closed scenario bounded by requests', { scenarios: [requestBound], faults: [resets] }],
    [
      'partial',
      'of a closed scenario with a fault that goes by time',
      { scenarios: [requestBound], faults: [timed] },
    ],
    [
      'partial',
      'of a closed scenario bounded by time',
      { scenarios: [{ ...requestBound, durationMs: 5_000 }] },
    ],
    ['partial', 'with a crash', { faults: [{ id: 'cut', type: 'crash', where: 'client', fromRequest: 3 }] }],
    [
      'partial',
      'with a drill',
      { drill: { namespace: 'demo', selector: { app: 'x' }, mode: 'one', action: 'evict', atMs: 1 } },
    ],
  ] as Array<[string, string, Partial<CampaignSpec>]>)('is %s %s', (replay, _case, changes) => {
    expect(planOf(changes).replay).toBe(replay);
  });
});

describe('a plan is refused', () => {
  it('when it asks for more than the target allows, with the numbers', () => {
    expect(refusalsOf({}, { maxRatePerSecond: 99 })).toEqual([
      {
        code: 'blast_radius_exceeded',
        path: 'scenarios',
        message: 'scenarios ask for 100 arrivals per second, at most 99 are allowed',
        asked: 100,
        allowed: 99,
      },
    ]);
  });

  it.each([
    ['rate', { blastRadius: { maxRatePerSecond: 50 } }, 100, 50],
    ['concurrency', { scenarios: [{ ...closed, requests: 9, concurrency: 201 }] }, 201, 200],
    [
      'concurrency of its own',
      { scenarios: [{ ...closed, requests: 9 }], blastRadius: { maxConcurrency: 4 } },
      5,
      4,
    ],
    [
      'room for one open request',
      { scenarios: [open, { ...closed, requests: 9 }], blastRadius: { maxConcurrency: 5 } },
      6,
      5,
    ],
    ['duration', { blastRadius: { maxDurationMs: 19_999 } }, 20_000, 19_999],
    [
      'pods',
      {
        drill: {
          namespace: 'demo',
          selector: { app: 'x' },
          mode: 'fixed',
          value: 3,
          action: 'evict',
          atMs: 1,
        },
        blastRadius: { maxPods: 2 },
      },
      3,
      2,
    ],
  ] as Array<[string, Partial<CampaignSpec>, number, number]>)(
    'over the smaller limit of %s',
    (_what, changes, asked, allowed) => {
      expect(refusalsOf(changes)).toMatchObject([{ code: 'blast_radius_exceeded', asked, allowed }]);
    },
  );

  it('on the limit it is not', () => {
    expect(
      refusalsOf({ blastRadius: { maxRatePerSecond: 100, maxConcurrency: 1, maxDurationMs: 20_000 } }),
    ).toEqual([]);
  });

  it('by the highest rate of all open scenarios together at one time', () => {
    const early = { ...open, name: 'early', stages: [{ durationMs: 5_000, ratePerSecond: 500 }] };
    const rising = { ...open, startRatePerSecond: 0, stages: [{ durationMs: 10_000, ratePerSecond: 400 }] };
    // At 5 s: 500 of the one and 200 of the other; at 10 s: 400.
    expect(refusalsOf({ scenarios: [early, rising] }, { maxRatePerSecond: 699 })).toMatchObject([
      { asked: 700 },
    ]);
  });

  it('for faults, drills and control addresses that the target has not', () => {
    const changes: Partial<CampaignSpec> = {
      faults: [
        { id: 'crash', type: 'crash', where: 'target', durationMs: 500 },
        { id: 'slow', type: 'latency', where: 'proxy' },
      ],
      drill: { namespace: 'demo', selector: { app: 'x' }, mode: 'one', action: 'evict', atMs: 1 },
    };
    const refusals = refusalsOf(changes, {
      faults: false,
      drills: false,
      hasControlUrl: false,
      hasProxy: false,
    });
    expect(refusals.map(({ code, path }) => [code, path])).toEqual([
      ['faults_not_allowed', 'faults'],
      ['drills_not_allowed', 'drill'],
      ['no_control_url', 'faults.0.where'],
      ['no_control_url', 'faults.1.where'],
    ]);
  });
});

describe('the faults of a scenario', () => {
  const scenario = { name: 's', request: { method: 'POST', path: '/orders/7' }, target: 'local' };

  it('strike inside their window only', () => {
    const always = { ...resets, probability: 1 };
    const timed = new ScenarioFaults([{ ...always, startMs: 100, durationMs: 50 }], 1, scenario);
    const struckAt = [99, 100, 149, 150].map((startMs) => timed.decide(7, 1, startMs).kind);
    expect(struckAt).toEqual(['pass', 'reset', 'reset', 'pass']);
    const counted = new ScenarioFaults([{ ...always, fromRequest: 10, requests: 2 }], 1, scenario);
    const struck = [9, 10, 11, 12].map((requestSeq) => counted.decide(requestSeq, 1, 0).kind);
    expect(struck).toEqual(['pass', 'reset', 'reset', 'pass']);
  });

  it('are asked in their order, and one that does not strike leaves the request to the next', () => {
    const first = { id: 'a', type: 'status', where: 'client', magnitude: '503', durationMs: 10 } as const;
    const second = { id: 'b', type: 'drop', where: 'client' } as const;
    const faults = new ScenarioFaults([first, second], 1, scenario);
    expect(faults.decide(0, 1, 9)).toEqual({ kind: 'status', faultId: 'a', statusCode: 503 });
    expect(faults.decide(0, 1, 10)).toEqual({ kind: 'drop', faultId: 'b' });
  });

  it('are those of the client only', () => {
    const crash = { id: 'crash', type: 'crash', where: 'target', durationMs: 500 } as const;
    expect(new ScenarioFaults([crash], 1, scenario).decide(0, 1, 0)).toEqual({ kind: 'pass' });
  });

  it('strike once for a crash, and again after every so many requests', () => {
    const cut = { id: 'cut', type: 'crash', where: 'client', magnitude: '1s', fromRequest: 3 } as const;
    const struck = (faults: ScenarioFaults) =>
      Array.from({ length: 10 }, (_, seq) => seq).filter((seq) => faults.decide(seq, 1, 0).kind === 'crash');
    expect(struck(new ScenarioFaults([cut], 1, scenario))).toEqual([3]);
    expect(struck(new ScenarioFaults([{ ...cut, every: 4 }], 1, scenario))).toEqual([3, 7]);
  });

  it('rise from one probability to another over their window, be it of time or of requests', () => {
    const rising = { ...resets, probability: 0, rampTo: 1 };
    const shareOf = (faults: ScenarioFaults, from: number, toMs: (seq: number) => number): number =>
      Array.from({ length: 1_000 }, (_, index) => from + index).filter(
        (seq) => faults.decide(seq, 1, toMs(seq)).kind === 'reset',
      ).length;
    const timed = new ScenarioFaults([{ ...rising, startMs: 1_000, durationMs: 4_000 }], 1, scenario);
    const counted = new ScenarioFaults([{ ...rising, fromRequest: 1_000, requests: 4_000 }], 1, scenario);
    for (const faults of [timed, counted]) {
      const shares = [0, 1_000, 2_000, 3_000, 4_000, 5_000].map((from) =>
        shareOf(faults, from, (seq) => seq),
      );
      const [before, first = 0, second = 0, third = 0, fourth = 0, after] = shares;
      expect([before, after]).toEqual([0, 0]);
      expect(first < second && second < third && third < fourth).toBe(true);
    }
  });

  it('strike the first so many of their window, or so many in a row', () => {
    const struckBy = (changes: Partial<FaultSpec>): number[] => {
      const faults = new ScenarioFaults(
        [{ id: 'a', type: 'drop', where: 'client', ...changes }],
        1,
        scenario,
      );
      return Array.from({ length: 20 }, (_, seq) => seq).filter((seq) => faults.decide(seq, 1, 0) !== PASS);
    };
    expect(struckBy({ burst: 3, fromRequest: 5 })).toEqual([5, 6, 7]);
    expect(struckBy({ burst: 2, every: 8, fromRequest: 1 })).toEqual([1, 2, 9, 10, 17, 18]);
  });

  it('look only at scenarios whose requests match', () => {
    const kindWith = (match: FaultSpec['match']): string =>
      new ScenarioFaults([{ ...resets, probability: 1, match }], 1, scenario).decide(0, 1, 0).kind;
    expect(kindWith({ method: 'POST', path: '/orders' })).toBe('reset');
    expect(kindWith({ method: 'GET' })).toBe('pass');
    expect(kindWith({ path: '/health' })).toBe('pass');
  });

  it('replay in full only where each is of one request', () => {
    const replayWith = (changes: Partial<FaultSpec>): string | undefined => {
      const planned = planRun(campaign({ faults: [{ ...resets, ...changes }] }), target, {
        seed: 1,
        segments: 1,
      });
      return planned.kind === 'planned' ? planned.plan.replay : undefined;
    };
    expect(replayWith({ rampTo: 0.5, durationMs: 1_000 })).toBe('full');
    expect(replayWith({ scope: 'origin' })).toBe('partial');
    expect(replayWith({ scope: 'connection' })).toBe('partial');
  });
});
