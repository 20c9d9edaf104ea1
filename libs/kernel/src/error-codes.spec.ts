import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from './error-codes.ts';

describe('the table of error codes', () => {
  it.each(Object.entries(ERROR_CODES))('says what %s means', (code, { kind, meaning }) => {
    expect(code).toMatch(/^PLR_[A-Z]+(_[A-Z]+)*$/);
    expect(['connection', 'timeout', 'protocol', 'local', 'caller']).toContain(kind);
    expect(meaning.length).toBeGreaterThan(10);
  });

  it('explains no two codes alike', () => {
    const meanings = Object.values(ERROR_CODES).map(({ meaning }) => meaning);
    expect(new Set(meanings).size).toBe(meanings.length);
  });
});
