import { describe, expect, it } from 'vitest';
import { duration, rate } from './quantity.ts';

describe('a duration', () => {
  const tenSecondsAtMost = duration(1, 10_000);

  it.each([
    ['1ms', 1],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['10s', 10_000],
  ])('%s is %d ms', (text, ms) => {
    expect(tenSecondsAtMost.parse(text)).toBe(ms);
  });

  it.each(['10', '-1s', '1 s', '1d', '', '0s', '11s', '1h', 10, null])(
    '%s is refused in a sentence with the range',
    (value) => {
      const [issue] = tenSecondsAtMost.safeParse(value).error?.issues ?? [];
      expect(issue?.message).toMatch(/^must be a duration from 1 ms to 10000 ms/);
    },
  );

  it('names the value that it refuses', () => {
    expect(tenSecondsAtMost.safeParse('11s').error?.issues[0]?.message).toContain('got "11s"');
    expect(tenSecondsAtMost.safeParse('soon').error?.issues[0]?.message).toContain('got "soon"');
  });
});

describe('a rate', () => {
  const thousandAtMost = rate(1_000);

  it.each([
    ['200/s', 200],
    ['0.5/s', 0.5],
    ['90/m', 1.5],
    ['7200/h', 2],
    ['1000/s', 1_000],
  ])('%s is %d a second', (text, perSecond) => {
    expect(thousandAtMost.parse(text)).toBe(perSecond);
  });

  it.each(['200', '0/s', '1001/s', '200/ms', '-1/s', 200])('%s is refused in a sentence', (value) => {
    const [issue] = thousandAtMost.safeParse(value).error?.issues ?? [];
    expect(issue?.message).toMatch(/^must be a rate above 0 and up to 1000\/s/);
  });
});
