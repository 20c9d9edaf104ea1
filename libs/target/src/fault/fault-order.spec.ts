import { describe, expect, it } from 'vitest';

import { parseFaultOrder } from './fault-order.ts';

describe('an order of a fault', () => {
  it('says what, how hard, when, at whom and for how long', () => {
    const order = 'type=latency&magnitude=1.5s&probability=0.25&method=GET&path=/health&ttl=10s';
    expect(parseFaultOrder(order)).toEqual({
      type: 'latency',
      magnitude: 1_500,
      occurrence: { kind: 'chance', probability: 0.25 },
      method: 'GET',
      path: '/health',
      ttlMs: 10_000,
    });
  });

  it('needs a type and a time to live only', () => {
    expect(parseFaultOrder('type=status&ttl=1h')).toEqual({
      type: 'status',
      magnitude: 503,
      occurrence: { kind: 'chance', probability: 1 },
      ttlMs: 3_600_000,
    });
  });

  it('may strike every k-th request, or the first so many', () => {
    expect(parseFaultOrder('type=crash&every=100&ttl=1s').occurrence).toEqual({ kind: 'every', count: 100 });
    expect(parseFaultOrder('type=abort&first=3&ttl=1s').occurrence).toEqual({ kind: 'first', count: 3 });
  });

  const TTL = 'ttl must be a duration from 1ms to 1h';
  const COUNT = 'must be a whole number from 1 to 1000000000';

  it.each([
    ['', 'type must be one of latency, status, abort, slow-body, wrong-length, early-close, pause, crash'],
    ['type=toString&ttl=1s', 'type must be one of latency, status'],
    ['type=abort', `${TTL}, got ""`],
    ['type=abort&ttl=0ms', `${TTL}, got "0ms"`],
    ['type=abort&ttl=2h', `${TTL}, got "2h"`],
    ['type=abort&ttl=1s&magnitude=1', 'magnitude must be left out, got "1"'],
    ['type=latency&ttl=1s&magnitude=61s', 'magnitude must be a duration from 0ms to 60s, got "61s"'],
    ['type=pause&ttl=1s&magnitude=11s', 'magnitude must be a duration from 0ms to 10s, got "11s"'],
    ['type=status&ttl=1s&magnitude=101', 'magnitude must be a status code from 200 to 599, got "101"'],
    ['type=abort&ttl=1s&probability=1.5', 'probability must be a number from 0 to 1, got "1.5"'],
    ['type=abort&ttl=1s&probability=', 'probability must be a number from 0 to 1, got ""'],
    ['type=abort&ttl=1s&every=0', `every ${COUNT}, got "0"`],
    ['type=abort&ttl=1s&first=x', `first ${COUNT}, got "x"`],
    ['type=abort&ttl=1s&first=1&every=2', 'probability must be given alone, as must every and first'],
    ['type=abort&ttl=1s&id=a%20b', 'id must be up to 63 letters, digits, dots, underscores and hyphens'],
    ['type=abort&ttl=1s&delay=1s', 'a field must be one of id, type, magnitude, probability, every, first'],
  ])('%j is refused', (query, sentence) => {
    expect(() => parseFaultOrder(query)).toThrow(sentence);
  });
});
