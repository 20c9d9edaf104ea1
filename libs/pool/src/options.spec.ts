import { describe, expect, it } from 'vitest';
import { resolvePoolOptions, type PoolOptions } from './options.ts';

const DAY_MS = 86_400_000;

const DEFAULTS = {
  maxConnections: 32,
  maxIdle: 32,
  minIdle: 0,
  maxPending: 1024,
  acquireTimeoutMs: 5_000,
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  idleTimeoutMs: 4_000,
  maxIdleTimeoutMs: 60_000,
  maxLifetimeMs: 600_000,
  dnsRefreshMs: 30_000,
  unreadTimeoutMs: 30_000,
  tcpUserTimeoutMs: 20_000,
  keepAlive: { delayMs: 15_000, intervalMs: 5_000, count: 3 },
  captureStacks: false,
  validate: 'peek',
  activeProbe: false,
  maxBodyBytes: 134_217_728,
  maxHeaderBytes: 16_384,
  maxHeaderCount: 100,
  tls: undefined,
  socketPath: undefined,
};

const RANGES = [
  { name: 'maxConnections', min: 1, max: 65_535 },
  { name: 'maxIdle', min: 0, max: 65_535 },
  { name: 'minIdle', min: 0, max: 32 },
  { name: 'maxPending', min: 0, max: 1_000_000 },
  { name: 'acquireTimeoutMs', min: 1, max: DAY_MS },
  { name: 'connectTimeoutMs', min: 1, max: DAY_MS },
  { name: 'headersTimeoutMs', min: 1, max: DAY_MS },
  { name: 'bodyTimeoutMs', min: 1, max: DAY_MS },
  { name: 'idleTimeoutMs', min: 1, max: DAY_MS },
  { name: 'maxIdleTimeoutMs', min: 1, max: DAY_MS },
  { name: 'maxLifetimeMs', min: 1, max: DAY_MS },
  { name: 'dnsRefreshMs', min: 1_000, max: DAY_MS },
  { name: 'tcpUserTimeoutMs', min: 1_000, max: DAY_MS },
  { name: 'unreadTimeoutMs', min: 1, max: DAY_MS },
  { name: 'maxHeaderBytes', min: 256, max: 1_048_576 },
  { name: 'maxHeaderCount', min: 1, max: 10_000 },
] as const;

/** The options as a caller without types may give them. */
function refusal(options: Record<string, unknown>): unknown {
  try {
    resolvePoolOptions(options);
  } catch (error) {
    return error;
  }
  return 'accepted';
}

describe('the options of a pool', () => {
  it.each([
    [{ delayMs: 1_500 }, 'keepAlive.delayMs must be whole seconds, like 15000, got 1500'],
    [{ intervalMs: 0 }, 'keepAlive.intervalMs must be a whole number from 1000 to 32767000, got 0'],
    [{ count: 128 }, 'keepAlive.count must be a whole number from 1 to 127, got 128'],
    [{ idle: 1 }, 'a keepAlive option must be one of delayMs, intervalMs, count, got "idle"'],
    [true, 'keepAlive must be an object or false, got true'],
  ])('refuse keepAlive %j', (keepAlive, message) => {
    expect(refusal({ keepAlive })).toMatchObject({ code: 'PLR_INVALID_ARGUMENT', message });
  });

  it('take a keepAlive that is off, or said in part', () => {
    expect(resolvePoolOptions({ keepAlive: false }).keepAlive).toBe(false);
    expect(resolvePoolOptions({ keepAlive: { count: 9 } }).keepAlive).toEqual({
      delayMs: 15_000,
      intervalMs: 5_000,
      count: 9,
    });
  });

  it.each([
    [{ afterIdleMs: 999 }, 'activeProbe.afterIdleMs must be a whole number from 1000 to 86400000, got 999'],
    [{ timeoutMs: 2_501 }, 'activeProbe.timeoutMs must be a whole number from 1 to 2500, got 2501'],
    [{ method: 'GET' }, 'activeProbe.method must be HEAD or OPTIONS, got "GET"'],
    [
      { path: '*' },
      'activeProbe.path must be a slash and printable ASCII without space and # (or * for OPTIONS), got "*"',
    ],
    [
      { path: '/a b' },
      'activeProbe.path must be a slash and printable ASCII without space and # (or * for OPTIONS), got "/a b"',
    ],
    [
      { every: 1 },
      'a pool.activeProbe option must be one of afterIdleMs, method, path, timeoutMs, got "every"',
    ],
    [true, 'activeProbe must be an object or false, got true'],
  ])('refuse activeProbe %j', (activeProbe, message) => {
    expect(refusal({ activeProbe })).toMatchObject({ code: 'PLR_INVALID_ARGUMENT', message });
  });

  it('take an activeProbe said in part, whose timeout leaves half of the wait for a dial', () => {
    expect(resolvePoolOptions({ activeProbe: {} }).activeProbe).toEqual({
      afterIdleMs: 2_000,
      method: 'HEAD',
      path: '/',
      timeoutMs: 1_000,
    });
    const { activeProbe } = resolvePoolOptions({
      acquireTimeoutMs: 501,
      activeProbe: { method: 'OPTIONS', path: '*' },
    });
    expect(activeProbe).toMatchObject({ method: 'OPTIONS', path: '*', timeoutMs: 250 });
  });

  it('have defaults', () => {
    expect(resolvePoolOptions()).toEqual(DEFAULTS);
  });

  it('count as left out when they are undefined', () => {
    const options: PoolOptions = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, undefined]));
    expect(resolvePoolOptions(options)).toEqual(DEFAULTS);
  });

  it.each(RANGES)('take $name from $min to $max', ({ name, min, max }) => {
    expect(resolvePoolOptions({ [name]: min })).toMatchObject({ [name]: min });
    expect(resolvePoolOptions({ [name]: max })).toMatchObject({ [name]: max });
  });

  it.each(RANGES)('refuse $name outside its range, with field, value and range', ({ name, min, max }) => {
    for (const value of [min - 1, max + 1, min + 0.5, NaN, Infinity, null, true]) {
      expect(refusal({ [name]: value })).toMatchObject({
        code: 'PLR_INVALID_ARGUMENT',
        message: `${name} must be a whole number from ${min} to ${max}, got ${value}`,
      });
    }
    expect(refusal({ [name]: '7' })).toMatchObject({
      message: `${name} must be a whole number from ${min} to ${max}, got "7"`,
    });
  });

  it('keep as many idle connections as there may be in all, unless told otherwise', () => {
    expect(resolvePoolOptions({ maxConnections: 7 }).maxIdle).toBe(7);
  });

  it('refuse to keep more idle connections open than may be idle', () => {
    expect(refusal({ maxIdle: 3, minIdle: 4 })).toMatchObject({
      message: 'minIdle must be a whole number from 0 to 3, got 4',
    });
  });

  it.each(['peek', 'read', 'turn', 'off'] as const)('take the validation %s', (validate) => {
    expect(resolvePoolOptions({ validate }).validate).toBe(validate);
  });

  it('refuse a validation that does not exist', () => {
    expect(refusal({ validate: 'guess' })).toMatchObject({
      code: 'PLR_INVALID_ARGUMENT',
      message: 'validate must be one of peek, read, turn, off, got "guess"',
    });
  });

  it.each(['/run/http.sock', 'a', 'x'.repeat(107), 'é'.repeat(53)])(
    'take the UNIX socket %s',
    (socketPath) => {
      expect(resolvePoolOptions({ socketPath }).socketPath).toBe(socketPath);
    },
  );

  it.each(['', 'a\0b', 'x'.repeat(108), 'é'.repeat(54), 7, null])(
    'refuse the UNIX socket %j',
    (socketPath) => {
      expect(refusal({ socketPath })).toMatchObject({
        code: 'PLR_INVALID_ARGUMENT',
        message: expect.stringMatching(/^socketPath must be a path of 1 to 107 bytes, got /),
      });
    },
  );

  it.each(['maxConnection', 'toString', '__proto__x'])('refuse the unknown name %s', (name) => {
    expect(refusal({ [name]: 1 })).toMatchObject({
      code: 'PLR_INVALID_ARGUMENT',
      message: `a pool option must be one of ${Object.keys(DEFAULTS).join(', ')}, got "${name}"`,
    });
  });
});
