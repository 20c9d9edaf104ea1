import { describe, expect, it } from 'vitest';
import { selectValidation } from './tier.ts';

describe('the validation in force', () => {
  it('believes everything when it is off', () => {
    const { tier, probe } = selectValidation('off');
    expect([tier, probe(undefined)]).toEqual(['off', 'alive']);
  });

  it('knows nothing before the loop has turned', () => {
    const { tier, probe } = selectValidation('turn');
    expect([tier, probe(0)]).toEqual(['turn', 'unknown']);
  });

  it.each(['peek', 'read'] as const)('of %s can say nothing without a descriptor', (wanted) => {
    expect(selectValidation(wanted).probe(undefined)).toBe('unknown');
  });

  it('falls no further than to the next that the machine can do', () => {
    expect(['peek', 'read', 'turn']).toContain(selectValidation('peek').tier);
    expect(['read', 'turn']).toContain(selectValidation('read').tier);
  });
});
