import { describe, expect, it } from 'vitest';
import { parseKeepAlive } from './keep-alive-hint.ts';

describe('a Keep-Alive field', () => {
  it.each<[string, number | undefined, number | undefined]>([
    ['timeout=5', 5_000, undefined],
    ['timeout=5, max=100', 5_000, 100],
    ['max=0,timeout=60', 60_000, 0],
    ['Timeout = "7" , MAX = 3', 7_000, 3],
    ['timeout=0', 0, undefined],
    ['timeout=5.5', undefined, undefined],
    ['timeout=-5', undefined, undefined],
    ['timeout=1e3', undefined, undefined],
    ['xtimeout=5, maximum=3', undefined, undefined],
    ['timeout=9999999999', undefined, undefined],
    ['', undefined, undefined],
  ])('%j: %s ms, %s requests', (value, timeoutMs, max) => {
    expect(parseKeepAlive(value)).toEqual({ timeoutMs, max });
  });
});
