import { describe, expect, it } from 'vitest';
import { parseDurationMs } from './duration.ts';

describe('parseDurationMs', () => {
  it.each([
    ['500ms', 500],
    ['0ms', 0],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each([
    '',
    '5',
    'ms',
    '5 s',
    '-5s',
    '+5s',
    '5S',
    '5d',
    '.5s',
    '5.s',
    '1e3ms',
    '5s5ms',
    ' 5s',
    'Infinityms',
  ])('does not take %j for a duration', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });
});
