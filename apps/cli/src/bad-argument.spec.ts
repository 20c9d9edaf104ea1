import { describe, expect, it } from 'vitest';
import { invalidArgument } from '#libs/kernel';
import { badArgument, isBadArgument, sentenceOf } from './bad-argument.ts';

describe('the sentence about a bad argument', () => {
  it.each([
    ['minIdle', '--min-idle must be 0, got 1'],
    ['headers["Host"]', '--header "Host" must be 0, got 1'],
    ['failures: the magnitude of latency', '--failures: the magnitude of latency must be 0, got 1'],
    ['--port', '--port must be 0, got 1'],
    ['constructor', 'constructor must be 0, got 1'],
  ])('names the flag that sets %s', (field, sentence) => {
    expect(sentenceOf(invalidArgument(field, 1, '0'))).toBe(sentence);
  });

  it('is one line', () => {
    expect(sentenceOf(badArgument('--a\n  b is no flag'))).toBe('--a b is no flag');
  });

  it('is made for nothing but bad arguments', () => {
    expect(isBadArgument(badArgument('no'))).toBe(true);
    expect(isBadArgument(new Error('no'))).toBe(false);
  });
});
