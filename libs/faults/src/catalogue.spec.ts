import { describe, expect, it } from 'vitest';
import { FAULT_TYPES, FAULTS } from './catalogue.ts';

describe('the catalogue', () => {
  it('lists every fault with its unit and defaults', () => {
    const table = FAULT_TYPES.map((type) => {
      const { unit, defaultMagnitude, defaultWhen } = FAULTS[type];
      return [type, unit, defaultMagnitude, defaultWhen];
    });
    expect(table).toEqual([
      ['crash', 'ms', '500ms', '@300/10000'],
      ['latency', 'ms', '50ms~10ms', ':5%'],
      ['timeout', 'none', '', ':1%'],
      ['reset', 'none', '', ':1%'],
      ['drop', 'none', '', ':1%'],
      ['status', 'status code', '503', ':2%'],
    ]);
  });

  it('spreads latency evenly around its mean', () => {
    const magnitude = { meanMs: 50, jitterMs: 10 };
    const delays = [0, 0.5, 1 - 2 ** -32].map((draw) => FAULTS.latency.decide('slow', magnitude, draw));
    expect(delays).toEqual([
      { kind: 'latency', faultId: 'slow', delayMs: 40 },
      { kind: 'latency', faultId: 'slow', delayMs: 50 },
      { kind: 'latency', faultId: 'slow', delayMs: expect.closeTo(60, 6) },
    ]);
  });

  it.each([
    [FAULTS.timeout.decide('f', null, 0), { kind: 'timeout', faultId: 'f' }],
    [FAULTS.reset.decide('f', null, 0), { kind: 'reset', faultId: 'f' }],
    [FAULTS.drop.decide('f', null, 0), { kind: 'drop', faultId: 'f' }],
    [FAULTS.status.decide('f', { statusCode: 503 }, 0), { kind: 'status', faultId: 'f', statusCode: 503 }],
    [FAULTS.crash.decide('f', { durationMs: 500 }, 0), { kind: 'crash', faultId: 'f', durationMs: 500 }],
  ])('decides $kind', (verdict, expected) => {
    expect(verdict).toEqual(expected);
  });
});
