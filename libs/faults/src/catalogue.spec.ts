import { describe, expect, it } from 'vitest';
import { FAULT_TYPES, FAULTS } from './catalogue.ts';

describe('the catalogue', () => {
  it('lists every fault with the code it leads to, its unit and defaults', () => {
    const table = FAULT_TYPES.map((type) => {
      const { code, unit, defaultMagnitude, defaultWhen } = FAULTS[type];
      return [type, code, unit, defaultMagnitude, defaultWhen];
    });
    expect(table).toEqual([
      ['crash', 'PLR_RESET', 'ms', '500ms', '@300/10000'],
      ['latency', 'PLR_ATTEMPT_TIMEOUT', 'ms', '50ms~10ms', ':5%'],
      ['timeout', 'PLR_ATTEMPT_TIMEOUT', 'none', '', ':1%'],
      ['reset', 'PLR_RESET', 'none', '', ':1%'],
      ['drop', 'PLR_CLOSED_BY_PEER', 'none', '', ':1%'],
      ['status', undefined, 'status code', '503', ':2%'],
      ['connect-refused', 'PLR_CONNECT_REFUSED', 'none', '', ':1%'],
      ['connect-slow', 'PLR_CONNECT_TIMEOUT', 'ms', '500ms', ':1%'],
      ['dns', 'PLR_DNS', 'none', '', ':1%'],
      ['tls', 'PLR_TLS', 'none', '', ':1%'],
      ['checkout-stall', 'PLR_ACQUIRE_TIMEOUT', 'ms', '500ms', ':1%'],
      ['dead-as-alive', 'PLR_RESET', 'none', '', ':1%'],
      ['alive-as-dead', undefined, 'none', '', ':1%'],
      ['write-stall', 'PLR_ATTEMPT_TIMEOUT', 'ms', '500ms', ':1%'],
      ['reset-head', 'PLR_RESET', 'none', '', ':1%'],
      ['reset-body', 'PLR_RESET', 'none', '', ':1%'],
      ['slow-read', 'PLR_ATTEMPT_TIMEOUT', 'ms', '100ms', ':1%'],
      ['truncate', 'PLR_CLOSED_BY_PEER', 'none', '', ':1%'],
      ['corrupt-head', 'PLR_PROTOCOL', 'none', '', ':1%'],
      ['corrupt-body', undefined, 'none', '', ':1%'],
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

  const delayed = ['latency', 'connect-slow', 'checkout-stall', 'write-stall', 'slow-read'] as const;

  it.each(delayed)('decides how long a %s is', (type) => {
    const verdict = FAULTS[type].decide('f', { meanMs: 50, jitterMs: 10 }, 0.5);
    expect(verdict).toEqual({ kind: type, faultId: 'f', delayMs: 50 });
  });

  const plain = [
    ...([
      'timeout',
      'reset',
      'drop',
      'connect-refused',
      'dns',
      'tls',
      'dead-as-alive',
      'alive-as-dead',
    ] as const),
    ...(['reset-head', 'reset-body', 'truncate', 'corrupt-head', 'corrupt-body'] as const),
  ];

  it.each(plain)('decides a %s, and nothing more about it', (type) => {
    expect(FAULTS[type].decide('f', null, 0.5)).toEqual({ kind: type, faultId: 'f' });
  });

  it.each([
    [FAULTS.status.decide('f', { statusCode: 503 }, 0), { kind: 'status', faultId: 'f', statusCode: 503 }],
    [FAULTS.crash.decide('f', { durationMs: 500 }, 0), { kind: 'crash', faultId: 'f', durationMs: 500 }],
  ])('decides $kind', (verdict, expected) => {
    expect(verdict).toEqual(expected);
  });
});
