import { describe, expect, it, vi } from 'vitest';
import { PoolerError, invalidArgument } from './pooler-error.ts';

describe('a pooler error', () => {
  it('keeps its facts', () => {
    const cause = new Error('read ECONNRESET');
    const pool = { active: 1, idle: 2, pending: 3, max: 4 };
    const facts = {
      phase: 'receive',
      errno: 'ECONNRESET',
      syscall: 'read',
      reused: true,
      requestBytesWritten: 10,
      responseBytesRead: 20,
      retrySafe: true,
      origin: 'http://127.0.0.1',
      pool,
      cause,
    } as const;
    const error = new PoolerError('PLR_RESET', 'the connection was reset', facts);
    expect(error).toMatchObject({ ...facts, code: 'PLR_RESET', name: 'PoolerError', attempt: 1 });
    expect(error.message).toBe('the connection was reset');
    expect(error.stack).toContain('pooler-error.spec');
  });

  it('has no cause of its own where none is given', () => {
    expect('cause' in new PoolerError('PLR_RESET', '', { phase: 'wait' })).toBe(false);
  });

  it('is safe to retry by default exactly when no byte of the request was written', () => {
    const safe = (requestBytesWritten?: number): boolean =>
      new PoolerError('PLR_RESET', '', { phase: 'wait', requestBytesWritten }).retrySafe;
    expect([safe(), safe(0), safe(1)]).toEqual([true, true, false]);
  });

  it('knows whose doing it is', () => {
    const kindOf = (code: ConstructorParameters<typeof PoolerError>[0]): string =>
      new PoolerError(code, '', { phase: 'wait' }).kind;
    expect(kindOf('PLR_RESET')).toBe('connection');
    expect(kindOf('PLR_HEADERS_TIMEOUT')).toBe('timeout');
    expect(kindOf('PLR_PROTOCOL')).toBe('protocol');
    expect(kindOf('PLR_QUEUE_FULL')).toBe('local');
    expect(kindOf('PLR_ABORTED')).toBe('caller');
  });

  it('is recognised across two copies of the package', async () => {
    vi.resetModules();
    const other = await import('./pooler-error.ts');
    expect(other.PoolerError).not.toBe(PoolerError);
    const error = new other.PoolerError('PLR_RESET', '', { phase: 'wait' });
    expect(error instanceof PoolerError).toBe(true);
    expect(new PoolerError('PLR_RESET', '', { phase: 'wait' }) instanceof other.PoolerError).toBe(true);
  });

  it('is not mistaken for anything else', () => {
    for (const value of [new Error('x'), { code: 'PLR_RESET' }, null, undefined, 'PLR_RESET', () => {}]) {
      expect(value instanceof PoolerError).toBe(false);
    }
  });
});

describe('invalidArgument', () => {
  it('says field, range and value in one sentence', () => {
    const error = invalidArgument('maxIdle', -1, 'a whole number from 0 to 10');
    expect(error).toMatchObject({ code: 'PLR_INVALID_ARGUMENT', phase: 'argument', kind: 'caller' });
    expect(error.message).toBe('maxIdle must be a whole number from 0 to 10, got -1');
  });

  it.each([
    ['a text, quoted', 'a"b', '"a\\"b"'],
    ['a long text, cut', 'x'.repeat(100), `"${'x'.repeat(80)}…"`],
    ['an array', [1], 'an array'],
    ['an object', { a: 1 }, 'an object'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['NaN', NaN, 'NaN'],
  ])('shows %s', (_what, value, shown) => {
    expect(invalidArgument('field', value, 'fine').message).toBe(`field must be fine, got ${shown}`);
  });
});
