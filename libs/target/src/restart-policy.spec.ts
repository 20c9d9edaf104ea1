import { describe, expect, it } from 'vitest';

import { afterDeath } from './restart-policy.ts';

describe('after a death', () => {
  it('a steady child is started again after the restart delay', () => {
    const death = { upForMs: 1_000, signal: 'SIGSEGV' };
    expect(afterDeath(death, 4, 100)).toEqual({ kind: 'restart', delayMs: 100, quickDeaths: 0 });
  });

  it('a child that dies quickly is started again later each time, and at its fifth death no more', () => {
    const death = { upForMs: 999, signal: null };
    expect(afterDeath(death, 0, 100)).toEqual({ kind: 'restart', delayMs: 100, quickDeaths: 1 });
    expect(afterDeath(death, 1, 100)).toEqual({ kind: 'restart', delayMs: 200, quickDeaths: 2 });
    expect(afterDeath(death, 2, 100)).toEqual({ kind: 'restart', delayMs: 400, quickDeaths: 3 });
    expect(afterDeath(death, 3, 100)).toEqual({ kind: 'restart', delayMs: 800, quickDeaths: 4 });
    expect(afterDeath(death, 4, 100)).toEqual({ kind: 'give-up', quickDeaths: 5 });
  });

  it('no wait is longer than a minute', () => {
    const death = { upForMs: undefined, signal: null };
    expect(afterDeath(death, 3, 60_000)).toEqual({ kind: 'restart', delayMs: 60_000, quickDeaths: 4 });
  });

  it('SIGKILL of a child that listens is an experiment and never counts as quick', () => {
    const death = { upForMs: 0, signal: 'SIGKILL' };
    expect(afterDeath(death, 4, 100)).toEqual({ kind: 'restart', delayMs: 100, quickDeaths: 0 });
  });

  it('a child that never listened died quickly, whatever ended it', () => {
    const death = { upForMs: undefined, signal: 'SIGKILL' };
    expect(afterDeath(death, 4, 100)).toEqual({ kind: 'give-up', quickDeaths: 5 });
  });
});
