import { FakeClock } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import { LiveFaults } from './live-faults.ts';
import type { FaultRule } from './rule.ts';

const always = { kind: 'chance', probability: 1 } as const;
const RESETS: FaultRule = { id: 'resets', type: 'reset', magnitude: null, when: always };
const DROPS: FaultRule = { id: 'drops', type: 'drop', magnitude: null, when: always };

function setUp() {
  const clock = new FakeClock();
  const faults = new LiveFaults({ seed: 1, clock });
  let seq = 0;
  const next = (): string => {
    seq += 1;
    return faults.decide(seq - 1, 1).kind;
  };
  return { clock, faults, next };
}

describe('a fault installed at run time', () => {
  it('is in force until its guard goes out of scope', () => {
    const { faults, next } = setUp();
    {
      using _ = faults.install(RESETS, 5_000);
      expect(next()).toBe('reset');
    }
    expect(next()).toBe('pass');
  });

  it('ends by itself when its time to live is over, with no timer', () => {
    const { clock, faults, next } = setUp();
    faults.install(RESETS, 5_000);
    clock.advance(4_999);
    expect(next()).toBe('reset');
    clock.advance(1);
    expect([next(), faults.inForce().size, clock.pendingTimers]).toEqual(['pass', 0, 0]);
  });

  it('lasts longer when it is renewed in time', () => {
    const { clock, faults, next } = setUp();
    const guard = faults.install(RESETS, 1_000);
    clock.advance(900);
    expect(guard.renew(1_000)).toBe(true);
    clock.advance(900);
    expect(next()).toBe('reset');
    clock.advance(100);
    expect([next(), guard.renew(1_000), next()]).toEqual(['pass', false, 'pass']);
  });

  it('counts requests from when it was installed, so that the first so many are those after it', () => {
    const { faults, next } = setUp();
    next();
    faults.install({ ...RESETS, when: { kind: 'count', first: 0, length: 2, every: undefined } }, 5_000);
    expect([next(), next(), next()]).toEqual(['reset', 'reset', 'pass']);
  });

  it('is asked in the order of installation, and the first that strikes wins', () => {
    const { faults, next } = setUp();
    const first = faults.install(RESETS, 5_000);
    faults.install(DROPS, 5_000);
    expect(next()).toBe('reset');
    first[Symbol.dispose]();
    expect(next()).toBe('drop');
    faults.removeAll();
    expect(next()).toBe('pass');
  });

  it('is not ended by the guard of an older one of its id', () => {
    const { clock, faults, next } = setUp();
    const old = faults.install(RESETS, 1_000);
    clock.advance(1_000);
    faults.install(RESETS, 1_000);
    old[Symbol.dispose]();
    expect(next()).toBe('reset');
  });

  it('is refused beyond its ranges', () => {
    const { faults } = setUp();
    expect(() => faults.install(RESETS, 0)).toThrow(
      'ttlMs must be a number of milliseconds from 1 to 3600000',
    );
    faults.install(RESETS, 1_000);
    expect(() => faults.install(RESETS, 1_000)).toThrow('rule.id must be another than of a fault in force');
    for (let index = 1; index < 100; index += 1) faults.install({ ...RESETS, id: `r${index}` }, 1_000);
    expect(() => faults.install(DROPS, 1_000)).toThrow('one of at most 100 faults in force');
  });
});
