import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { VerdictDigest, digestOf } from './digest.ts';
import { FaultPlan } from './fault-plan.ts';
import { parseFaultSpec } from './fault-spec.ts';
import { PASS } from './verdict.ts';

const REQUESTS = 20_000;

function planOf(seed: number, scenario?: string): FaultPlan {
  return new FaultPlan(parseFaultSpec('on'), seed, scenario);
}

describe('the digest', () => {
  it('is the SHA-256 of the documented text', () => {
    const digest = new VerdictDigest();
    digest.add(0, PASS);
    digest.add(1, { kind: 'latency', faultId: 'slow', delayMs: 41.5 });
    digest.add(2, { kind: 'timeout', faultId: 'hole' });
    digest.add(3, { kind: 'status', faultId: 'busy', statusCode: 503 });
    digest.add(4, { kind: 'crash', faultId: 'down', durationMs: 500 });
    const text = [
      '[1,"latency","slow",41.5]',
      '[2,"timeout","hole",null]',
      '[3,"status","busy",503]',
      '[4,"crash","down",500]',
      '[5]',
      '',
    ].join('\n');
    expect(digest.hex()).toBe(createHash('sha256').update(text).digest('hex').slice(0, 16));
  });

  it('is the same for a plan and for the run of it, also in the middle', () => {
    const plan = planOf(42);
    const digest = new VerdictDigest();
    for (let seq = 0; seq < REQUESTS; seq += 1) {
      if (seq === REQUESTS / 2) expect(digest.hex()).toBe(digestOf(plan, REQUESTS / 2));
      digest.add(seq, plan.decide(seq, 1));
    }
    expect(digest.hex()).toBe(digestOf(plan, REQUESTS));
  });

  it('is the same for the same seed and another for any other', () => {
    const digests = [0, 1, 2 ** 32, 2 ** 53 - 1].map((seed) => digestOf(planOf(seed), REQUESTS));
    expect([0, 1, 2 ** 32, 2 ** 53 - 1].map((seed) => digestOf(planOf(seed), REQUESTS))).toEqual(digests);
    expect(new Set(digests).size).toBe(4);
  });

  it('tells scenarios and lengths apart', () => {
    const digests = [digestOf(planOf(1), 10), digestOf(planOf(1), 11), digestOf(planOf(1, 'echo'), 1_000)];
    expect(new Set([...digests, digestOf(planOf(1), 1_000)]).size).toBe(4);
  });

  it('never changes between versions: a digest that was written down can be had again', () => {
    expect(digestOf(planOf(42), 1_000)).toBe('f717a511ca72441b');
  });

  it('refuses verdicts out of order', () => {
    const digest = new VerdictDigest();
    digest.add(1, PASS);
    expect(() => digest.add(1, PASS)).toThrow('BUG: verdicts came to the digest out of order');
  });
});
