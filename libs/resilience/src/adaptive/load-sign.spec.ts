import { PoolerError, type ErrorCode, type Phase } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { loadSignOf } from './load-sign.ts';

describe('what an attempt says about the load of its peer', () => {
  it.each([
    [200, 'answer'],
    [304, 'answer'],
    [404, 'answer'],
    [500, 'answer'],
    [429, 'failure'],
    [502, 'failure'],
    [503, 'failure'],
    [504, 'failure'],
  ])('status %i is an %s', (statusCode, sign) => {
    expect(loadSignOf({ kind: 'response', statusCode })).toBe(sign);
  });

  it.each<[ErrorCode, Phase, string]>([
    ['PLR_ATTEMPT_TIMEOUT', 'wait', 'failure'],
    ['PLR_RESET', 'wait', 'failure'],
    ['PLR_CONNECT_REFUSED', 'connect', 'failure'],
    ['PLR_ACQUIRE_TIMEOUT', 'acquire', 'nothing'],
    ['PLR_ABORTED', 'wait', 'nothing'],
  ])('%s is %s', (code, phase, sign) => {
    const error = new PoolerError(code, 'it failed', { phase });
    expect(loadSignOf({ kind: 'error', error })).toBe(sign);
  });
});
