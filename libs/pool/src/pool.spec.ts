import { channels } from '#libs/records';
import { ScriptedPool, closeReasons, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import { Pool } from './pool.ts';

/** Whether a promise has been fulfilled, as far as is known now. */
function watch(promise: Promise<void>): { isDone: boolean } {
  const watched = { isDone: false };
  const follow = async (): Promise<void> => {
    await promise;
    watched.isDone = true;
  };
  void follow();
  return watched;
}

describe('a new pool', () => {
  it('knows its origin, without a standard port and a path', () => {
    expect(new Pool('http://LOCALHOST:80/').origin).toBe('http://localhost');
    expect(new Pool('http://[::1]:8080').origin).toBe('http://[::1]:8080');
  });

  it.each([
    'ftp://127.0.0.1',
    '127.0.0.1:8080',
    'http://127.0.0.1/path',
    'http://127.0.0.1/?q=1',
    'http://127.0.0.1/#f',
    '',
  ])('refuses the origin "%s"', (origin) => {
    expect(() => new Pool(origin)).toThrow(
      `origin must be an http: or https: URL of scheme, host and port only, like http://127.0.0.1:8080, got ${JSON.stringify(origin)}`,
    );
  });

  it.each(['http://user@127.0.0.1', 'http://:secret@127.0.0.1'])(
    'refuses the origin "%s" without repeating who or what the password was',
    (origin) => {
      expect(() => new Pool(origin)).toThrow('got "http://…@127.0.0.1"');
    },
  );

  it('refuses a bad option', () => {
    expect(() => new Pool('http://127.0.0.1', { maxConnections: 0 })).toThrow('maxConnections must be');
  });

  it('dials nothing and sets no timer', () => {
    const bench = new ScriptedPool();
    expect([bench.dialled, bench.clock.pendingTimers]).toEqual([0, 0]);
    expect(bench.pool.stats()).toMatchObject({
      active: 0,
      idle: 0,
      pending: 0,
      max: 32,
      dialing: 0,
      opened: 0,
      dialsFailed: 0,
      probesDead: 0,
      activeProbes: 0,
      activeProbesFailed: 0,
    });
  });

  it('says which validation is in force', () => {
    expect(new ScriptedPool({ validate: 'turn' }).pool.stats().validation).toBe('turn');
    expect(new ScriptedPool({ validate: 'off' }).pool.stats().validation).toBe('off');
  });

  it('refuses a bad request before anything is sent', async () => {
    const bench = new ScriptedPool();
    await expect(bench.pool.request({ path: 'no-slash' })).rejects.toMatchObject({
      code: 'PLR_INVALID_ARGUMENT',
    });
    expect(bench.dialled).toBe(0);
  });
});

describe('the connection channel', () => {
  it('hears of every connection that is opened and closed', async () => {
    const heard: unknown[] = [];
    const stop = channels.connection.subscribe((record) => heard.push(record));
    const bench = new ScriptedPool();
    await bench.openIdle(1);
    bench.wire(0).finish();
    bench.send();
    bench.wire(1).fail('ECONNREFUSED');
    stop();
    const origin = 'http://127.0.0.1';
    expect(heard).toEqual([
      { event: 'opened', origin, connectionId: 1, dialledAtMs: 0, connectedAtMs: 0, outlived: undefined },
      { event: 'closed', origin, connectionId: 1, reason: 'peer-fin' },
      { event: 'closed', origin, connectionId: 2, reason: 'dial-failed' },
    ]);
  });
});

describe('closing a pool', () => {
  it('closes idle connections at once, and is done when none is left', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(2);
    expect(closeReasons(() => void bench.pool.close())).toEqual(['pool-closed', 'pool-closed']);
    await bench.pool.close();
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('is done at once where nothing was ever dialled', async () => {
    await expect(new ScriptedPool().pool.close()).resolves.toBeUndefined();
  });

  it('serves those who run and those who wait, and refuses new ones', async () => {
    const bench = new ScriptedPool({ maxConnections: 1 });
    const running = bench.send();
    const waiting = bench.send();
    bench.wire(0).connect();
    const closed = watch(bench.pool.close());
    const late = bench.send();
    bench.wire(0).respond();
    await settle();
    expect([running.fate, waiting.fate, closed.isDone]).toEqual([200, 'pending', false]);
    expect(late.error).toMatchObject({ code: 'PLR_POOL_CLOSED', kind: 'local', retrySafe: true });
    expect(late.error.message).toContain('the pool is draining');
    bench.wire(0).respond();
    await settle();
    expect([waiting.fate, closed.isDone]).toEqual([200, true]);
    expect(bench.wire(0).life).toBe('ended');
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('dials for those who wait', async () => {
    const bench = new ScriptedPool({ maxConnections: 1 });
    bench.send();
    const waiting = bench.send();
    bench.wire(0).connect();
    const closed = bench.pool.close();
    bench.wire(0).fail('ECONNRESET');
    bench.wire(1).connect();
    bench.wire(1).respond();
    await closed;
    expect(waiting.fate).toBe(200);
  });

  it('gives up the dials that nobody waits for', async () => {
    const bench = new ScriptedPool();
    const leaver = new AbortController();
    bench.send({ signal: leaver.signal });
    const heard: unknown[] = [];
    bench.pool.dialProbe((error) => heard.push(error));
    const closed = watch(bench.pool.close());
    await settle();
    expect(closed.isDone).toBe(false);
    leaver.abort();
    await settle();
    expect(closed.isDone).toBe(true);
    expect(bench.connector.dialled.map(({ life }) => life)).toEqual(['ended', 'ended']);
    expect(heard).toMatchObject([{ code: 'PLR_POOL_CLOSED' }]);
    expect(bench.pool.stats().dialsFailed).toBe(0);
  });

  it.each([
    ['waits too long', 'PLR_FD_LIMIT', async (bench: ScriptedPool): Promise<void> => bench.advance(10)],
    ['leaves', 'PLR_ABORTED', async (_bench: ScriptedPool, leave: () => void): Promise<void> => leave()],
  ])('is done when the last one who waits for a paused dial %s', async (_how, fate, act) => {
    const bench = new ScriptedPool({ acquireTimeoutMs: 10 });
    const leaver = new AbortController();
    const request = bench.send({ signal: leaver.signal });
    bench.wire(0).fail('EMFILE');
    const closed = watch(bench.pool.close());
    await bench.advance(9);
    expect(closed.isDone).toBe(false);
    await act(bench, () => leaver.abort());
    await settle();
    expect([request.fate, closed.isDone]).toEqual([fate, true]);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('twice is done when the first is', async () => {
    const bench = new ScriptedPool();
    bench.send();
    bench.wire(0).connect();
    const first = watch(bench.pool.close());
    const second = watch(bench.pool.close());
    await settle();
    expect([first.isDone, second.isDone]).toEqual([false, false]);
    bench.wire(0).respond();
    await settle();
    expect([first.isDone, second.isDone]).toEqual([true, true]);
    await expect(bench.pool.close()).resolves.toBeUndefined();
  });

  it('refuses to dial for nobody', async () => {
    const bench = new ScriptedPool();
    await bench.pool.close();
    const heard: unknown[] = [];
    bench.pool.dialProbe((error) => heard.push(error));
    expect(heard).toMatchObject([{ code: 'PLR_POOL_CLOSED' }]);
    expect(bench.dialled).toBe(0);
  });
});

describe('destroying a pool', () => {
  it('cuts every connection and fails every request with the cause', async () => {
    const bench = new ScriptedPool({ maxConnections: 3 });
    await bench.openIdle(2);
    const running = bench.send({ path: '/running' });
    const inBody = bench.send({ path: '/body' });
    bench.wire(0).receive('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n');
    const waiting = [bench.send(), bench.send()];
    await settle();
    const cause = new Error('shutting down');
    const text = expect(inBody.response.body.text()).rejects.toMatchObject({
      code: 'PLR_POOL_CLOSED',
      cause,
    });
    await bench.pool.destroy(cause);
    await settle();
    for (const request of [running, ...waiting]) {
      expect(request.error).toMatchObject({ code: 'PLR_POOL_CLOSED', cause });
    }
    await text;
    expect(bench.connector.dialled.map(({ life }) => life)).toEqual(['reset', 'reset', 'ended']);
    expect(bench.pool.stats()).toMatchObject({ active: 0, idle: 0, pending: 0, dialing: 0, dialsFailed: 0 });
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('closes idle connections and says so', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(1);
    expect(closeReasons(() => void bench.pool.destroy())).toEqual(['pool-destroyed']);
  });

  it('leaves no timer of a pause behind, and no dial', async () => {
    const bench = new ScriptedPool();
    const request = bench.send();
    bench.wire(0).fail('EMFILE');
    await bench.pool.destroy();
    expect(bench.clock.pendingTimers).toBe(0);
    await bench.advance(10_000);
    expect([request.fate, bench.dialled]).toEqual(['PLR_POOL_CLOSED', 1]);
  });

  it('ends a close that is under way', async () => {
    const bench = new ScriptedPool();
    const request = bench.send();
    bench.wire(0).connect();
    const closed = bench.pool.close();
    await bench.pool.destroy();
    await closed;
    expect(request.fate).toBe('PLR_POOL_CLOSED');
  });

  it('refuses whoever comes later', async () => {
    const bench = new ScriptedPool();
    await bench.pool.destroy();
    await bench.pool.close();
    const late = bench.send();
    await settle();
    expect(late.error.message).toContain('the pool is destroyed');
  });
});
