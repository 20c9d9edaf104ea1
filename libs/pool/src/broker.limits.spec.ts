import type { Rng, Timer } from '#libs/kernel';
import { FakeClock, ScriptedPool, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';

/** Draws the whole pause: 100 ms, then 200, 400, 800 and 1,000. */
const longest: Rng = { next: () => 1 };

/** Rings half a millisecond early after 100 ms, as timers of the system may. */
class HastyClock extends FakeClock {
  override setTimer(callback: () => void, delayMs: number): Timer {
    return super.setTimer(callback, delayMs === 100 ? 99.5 : delayMs);
  }
}

describe.each([
  ['EMFILE', 'PLR_FD_LIMIT'],
  ['ENFILE', 'PLR_FD_LIMIT'],
  ['EADDRNOTAVAIL', 'PLR_LOCAL_PORTS'],
])('when a dial meets the limit %s of this machine', (errno, code) => {
  it('nobody fails, and dialling pauses and resumes by itself', async () => {
    const bench = new ScriptedPool({}, { rng: longest });
    const request = bench.send();
    bench.wire(0).fail(errno);
    await bench.advance(99);
    expect([request.fate, bench.dialled]).toEqual(['pending', 1]);
    await bench.advance(1);
    expect(bench.dialled).toBe(2);
    bench.wire(1).fail(errno);
    await bench.advance(199);
    expect(bench.dialled).toBe(2);
    await bench.advance(1);
    expect(bench.dialled).toBe(3);
    bench.wire(2).connect();
    bench.wire(2).respond();
    await settle();
    expect(request.fate).toBe(200);
  });

  it('whoever still waits after acquireTimeoutMs learns why', async () => {
    const bench = new ScriptedPool({ acquireTimeoutMs: 150 }, { rng: longest });
    const request = bench.send({ method: 'POST' });
    bench.wire(0).fail(errno);
    await bench.advance(100);
    bench.wire(1).fail(errno);
    await bench.advance(50);
    expect(request.error).toMatchObject({ code, kind: 'local', phase: 'acquire', retrySafe: true });
    expect(request.error.message).toContain('no connection within 150 ms: dialling is paused');
  });
});

describe('a pause of dialling', () => {
  it('is over at once for everybody who waits when a dial connects', () => {
    const bench = new ScriptedPool({}, { rng: longest });
    for (let i = 0; i < 3; i += 1) bench.send();
    bench.wire(0).fail('EMFILE');
    expect(bench.dialled).toBe(3);
    bench.wire(1).connect();
    expect(bench.pool.stats()).toMatchObject({ active: 1, pending: 2, dialing: 2 });
  });

  it('is as short as the first when a dial has connected since, whatever was left of the one before', async () => {
    const bench = new ScriptedPool({}, { rng: longest });
    bench.send();
    bench.send();
    bench.wire(0).fail('EMFILE');
    await bench.advance(100);
    bench.wire(2).fail('EMFILE');
    bench.wire(1).connect();
    expect(bench.dialled).toBe(4);
    bench.wire(3).fail('EMFILE');
    await bench.advance(99);
    expect(bench.dialled).toBe(4);
    await bench.advance(1);
    expect(bench.dialled).toBe(5);
  });

  it('lets requests wait on the connections there are', async () => {
    const bench = new ScriptedPool({}, { rng: longest });
    await bench.openIdle(1);
    bench.send();
    const waiting = bench.send();
    bench.wire(1).fail('EMFILE');
    bench.wire(0).respond();
    bench.wire(0).respond();
    await settle();
    expect(waiting.fate).toBe(200);
  });

  it('holds back further requests too, with one timer for them all', async () => {
    const bench = new ScriptedPool({}, { rng: longest });
    bench.send();
    bench.send();
    bench.wire(0).fail('EMFILE');
    bench.wire(1).fail('EMFILE');
    bench.send();
    expect(bench.dialled).toBe(2);
    await bench.advance(100);
    expect(bench.dialled).toBe(5);
  });

  it('counts those who wait through it against maxPending', async () => {
    const bench = new ScriptedPool({ maxPending: 1 }, { rng: longest });
    bench.send();
    bench.wire(0).fail('EMFILE');
    const refused = bench.send();
    await settle();
    expect(refused.fate).toBe('PLR_QUEUE_FULL');
  });

  it('is not over when its timer rings a little early', () => {
    const bench = new ScriptedPool({}, { rng: longest, clock: new HastyClock() });
    bench.send();
    bench.wire(0).fail('EMFILE');
    bench.clock.advance(99.5);
    expect(bench.dialled).toBe(1);
    bench.clock.advance(0.5);
    expect(bench.dialled).toBe(2);
  });

  it('is not blamed for waits that began after it', async () => {
    const bench = new ScriptedPool({ acquireTimeoutMs: 50, connectTimeoutMs: 1_000 }, { rng: longest });
    bench.send();
    bench.wire(0).fail('EMFILE');
    await bench.advance(150);
    const request = bench.send();
    await bench.advance(50);
    expect(request.fate).toBe('PLR_ACQUIRE_TIMEOUT');
  });

  it('refuses a dial for nobody meanwhile', () => {
    const bench = new ScriptedPool({}, { rng: longest });
    const heard: unknown[] = [];
    bench.pool.dialProbe((error) => heard.push(error));
    bench.wire(0).fail('EMFILE');
    bench.pool.dialProbe((error) => heard.push(error));
    expect(heard).toMatchObject([{ code: 'PLR_FD_LIMIT' }, { code: 'PLR_ACQUIRE_TIMEOUT' }]);
  });
});
