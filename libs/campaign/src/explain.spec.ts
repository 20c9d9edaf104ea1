import { VerdictDigest } from '#libs/faults';
import { describe, expect, it } from 'vitest';
import { campaign, closed, open, resets, target } from './campaign.spec-helper.ts';
import { explainRequest } from './explain.ts';
import { planRun } from './plan.ts';
import { runDigest } from './scenario-faults.ts';

const LATE = { ...resets, probability: 1, startMs: 5_000, durationMs: 1_000 };

describe('the explanation of a request', () => {
  it('tells its intended start and what each attempt meets', () => {
    const spec = campaign({ faults: [LATE] });
    const verdict = { kind: 'reset', faultId: 'resets' };
    expect(explainRequest(spec, 1, 550, 2)).toEqual([
      { kind: 'known', scenario: 'open', startMs: 5_500, verdicts: [verdict, verdict] },
    ]);
    expect(explainRequest(spec, 1, 450, 1)).toMatchObject([{ verdicts: [{ kind: 'pass' }] }]);
  });

  it('is told by scenario, and says where there is no such request', () => {
    const spec = campaign({ scenarios: [open, { ...closed, requests: 2_000 }], faults: [resets] });
    expect(explainRequest(spec, 1, 1_000, 1)).toMatchObject([
      { kind: 'never-sent', scenario: 'open', requests: 1_000 },
      { kind: 'known', scenario: 'closed', startMs: undefined },
    ]);
  });

  it('says that it is not known where the answers decide', () => {
    const spec = campaign({ scenarios: [{ ...closed, durationMs: 10_000 }], faults: [LATE] });
    expect(explainRequest(spec, 1, 0, 1)).toEqual([{ kind: 'unknown', scenario: 'closed' }]);
  });

  it('of all requests comes to the digest of the plan, in 1 segment and in 4', () => {
    const faults = [resets, { ...resets, id: 'rising', probability: 0, rampTo: 0.5, durationMs: 8_000 }];
    const spec = campaign({ faults });
    const digest = new VerdictDigest();
    for (let seq = 0; seq < 1_000; seq += 1) {
      const [explained] = explainRequest(spec, 42, seq, 1);
      const verdict = explained?.kind === 'known' ? explained.verdicts[0] : undefined;
      if (verdict) digest.add(seq, verdict);
    }
    const found = runDigest([{ name: 'open', digest: digest.hex() }]);
    for (const segments of [1, 4]) {
      const planned = planRun(spec, target, { seed: 42, segments });
      expect(planned.kind === 'planned' && planned.plan.digest).toBe(found);
    }
  });
});
