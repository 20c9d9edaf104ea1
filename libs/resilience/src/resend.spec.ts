import { ERROR_CODES, PoolerError, type ErrorCode } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { mayResend } from './resend.ts';

interface Case {
  readonly code: ErrorCode;
  readonly reused: boolean;
  readonly written: number;
  readonly read: number;
  readonly idempotent: boolean;
  readonly used: boolean;
}

function allCases(): Case[] {
  const codes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);
  const cases: Case[] = [];
  const booleans = [false, true];
  for (const code of codes)
    for (const reused of booleans)
      for (const written of [0, 1, 500])
        for (const read of [0, 1])
          for (const idempotent of booleans)
            for (const used of booleans) cases.push({ code, reused, written, read, idempotent, used });
  return cases;
}

function decide({ code, reused, written, read, idempotent, used }: Case): boolean {
  const facts = { phase: 'wait', reused, requestBytesWritten: written, responseBytesRead: read } as const;
  return mayResend(new PoolerError(code, 'it failed', facts), { idempotent, resendUsed: used });
}

function row({ code, written, idempotent }: Case): string {
  return `${code} written=${written} ${idempotent ? 'idempotent' : 'unsafe'}`;
}

describe('the free re-send', () => {
  it('is given in these rows of the whole matrix, and in no other', () => {
    const given = allCases().filter(decide);
    for (const { reused, read, used } of given)
      expect({ reused, read, used }).toEqual({ reused: true, read: 0, used: false });
    expect(given.map(row)).toEqual([
      'PLR_RESET written=0 unsafe',
      'PLR_RESET written=0 idempotent',
      'PLR_RESET written=1 idempotent',
      'PLR_RESET written=500 idempotent',
      'PLR_CLOSED_BY_PEER written=0 unsafe',
      'PLR_CLOSED_BY_PEER written=0 idempotent',
      'PLR_CLOSED_BY_PEER written=1 idempotent',
      'PLR_CLOSED_BY_PEER written=500 idempotent',
    ]);
  });
});
