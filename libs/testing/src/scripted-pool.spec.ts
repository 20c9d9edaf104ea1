import { describe, expect, it } from 'vitest';
import { settle } from './fake-clock.ts';
import { ScriptedPool, closeReasons } from './scripted-pool.ts';

describe('a scripted pool', () => {
  it('opens idle connections in the order of their wires', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(2);
    expect(bench.dialled).toBe(2);
    expect(bench.pool.stats()).toMatchObject({ idle: 2, active: 0 });
  });

  it('follows what becomes of a request', async () => {
    const bench = new ScriptedPool();
    const answered = bench.send();
    const failed = bench.send();
    expect(answered.fate).toBe('pending');
    expect(() => answered.response).toThrow('not answered but pending');
    bench.wire(0).connect();
    bench.wire(1).fail('ECONNREFUSED');
    bench.wire(0).respond('', 201);
    await settle();
    expect(failed.fate).toBe('PLR_CONNECT_REFUSED');
    expect(() => failed.response).toThrow('not answered but PLR_CONNECT_REFUSED');
    expect(answered.fate).toBe(201);
    expect(() => answered.error).toThrow('has not failed but is 201');
  });

  it('polls only when it is told to', async () => {
    const bench = new ScriptedPool({ validate: 'turn' });
    await bench.openIdle(1);
    bench.wire(0).probeResult = 'unknown';
    bench.send();
    await settle();
    expect(bench.wire(0).requestLines).toHaveLength(1);
    bench.poll();
    expect(bench.wire(0).requestLines).toHaveLength(2);
  });
});

describe('close reasons', () => {
  it('are those of the act alone', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(2);
    bench.wire(0).finish();
    expect(closeReasons(() => bench.wire(1).fail('ECONNRESET'))).toEqual(['peer-reset']);
  });
});
