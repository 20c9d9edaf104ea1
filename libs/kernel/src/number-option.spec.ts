import { describe, expect, it } from 'vitest';
import { numberOption, wholeOption } from './number-option.ts';

describe.each([
  ['a number', numberOption],
  ['a whole number', wholeOption],
])('an option that is %s', (what, option) => {
  it.each([1, 5, 10])('takes %d of 1 to 10', (value) => {
    expect(option('field', value, 1, 10)).toBe(value);
  });

  it.each([0, 11, NaN, Infinity, null, undefined, true])('refuses %s', (value) => {
    expect(() => option('field', value, 1, 10)).toThrow(`field must be ${what} from 1 to 10, got ${value}`);
  });

  it('refuses a text that looks like a number', () => {
    expect(() => option('field', '5', 1, 10)).toThrow(`field must be ${what} from 1 to 10, got "5"`);
  });
});

describe('a fraction', () => {
  it('is a number, but not a whole one', () => {
    expect(numberOption('field', 1.5, 1, 10)).toBe(1.5);
    expect(() => wholeOption('field', 1.5, 1, 10)).toThrow('a whole number');
  });
});
