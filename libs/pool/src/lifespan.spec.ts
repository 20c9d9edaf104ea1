import { describe, expect, it } from 'vitest';
import { Lifespan } from './lifespan.ts';

/** Of a connection of a pool that keeps idle ones for 4 s, and hinted ones for a minute at most. */
const lifespan = (): Lifespan => new Lifespan(4_000, 60_000, 10_000);

describe('the lifespan of a connection', () => {
  it('ends at its time, with the reason', () => {
    const life = lifespan();
    expect([life.endedBy(1, 9_999), life.endedBy(1, 10_000)]).toEqual([undefined, 'max-lifetime']);
  });

  it('ends at once when it is retired, whatever was meant before', () => {
    const life = lifespan();
    life.retire('address-gone');
    expect(life.endedBy(1, 0)).toBe('address-gone');
  });

  it('takes the first max of a peer for the exchanges in all, and a later one for those to come', () => {
    const life = lifespan();
    life.heed({ timeoutMs: undefined, max: 5 }, 1);
    expect([life.endedBy(4, 0), life.endedBy(5, 0)]).toEqual([undefined, 'max-requests']);
    life.heed({ timeoutMs: undefined, max: 1 }, 2);
    expect([life.endedBy(2, 0), life.endedBy(3, 0)]).toEqual([undefined, 'max-requests']);
  });

  it('idles as long as the peer says, less the margin; less than that is a single use', () => {
    const life = lifespan();
    life.heed({ timeoutMs: 30_000, max: undefined }, 1);
    expect(life.idleLimitMs).toBe(24_000);
    life.heed({ timeoutMs: 1_000, max: undefined }, 2);
    expect(life.endedBy(2, 0)).toBe('asked-to-close');
  });
});
