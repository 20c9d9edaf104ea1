import { describe, expect, it } from 'vitest';
import { channels, type ConnectionRecord } from '#libs/records';
import { ScriptedPool } from '#libs/testing';

const STAMP = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function begin(bench: ScriptedPool, traceparent: string, headers?: Record<string, string>): void {
  const pending = bench.pool.begin(bench.pool.prepare({ path: '/', headers }), { traceparent });
  pending.response.catch(() => {});
}

/** What the channel says of the connections opened while `act` runs. */
function opened(act: () => void): Array<Extract<ConnectionRecord, { event: 'opened' }>> {
  const heard: Array<Extract<ConnectionRecord, { event: 'opened' }>> = [];
  const stop = channels.connection.subscribe((record) => {
    if (record.event === 'opened') heard.push(record);
  });
  act();
  stop();
  return heard;
}

describe('the traceparent of an exchange', () => {
  it('goes out as the last field of its head', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(1);
    begin(bench, STAMP);
    expect(bench.wire(0).sent.endsWith(`\r\ntraceparent: ${STAMP}\r\n\r\n`)).toBe(true);
  });

  it("stands back where the caller gave a field of that name, whatever its letters' case", async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(1);
    begin(bench, STAMP, { Traceparent: 'mine' });
    expect(bench.wire(0).sent).toContain('Traceparent: mine\r\n');
    expect(bench.wire(0).sent).not.toContain(STAMP);
  });
});

describe('the record of a dial', () => {
  it('has its times, and names nobody while the request it was made for still waits', () => {
    const bench = new ScriptedPool();
    bench.clock.advance(10);
    begin(bench, STAMP);
    bench.clock.advance(5);
    expect(opened(() => bench.wire(0).connect())).toMatchObject([
      { dialledAtMs: 10, connectedAtMs: 15, outlived: undefined },
    ]);
  });

  it('names the request that another connection served meanwhile', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(1);
    bench.clock.advance(1);
    bench.send();
    begin(bench, STAMP);
    bench.wire(0).respond();
    expect(bench.wire(0).sent).toContain(STAMP);
    expect(opened(() => bench.wire(1).connect())).toMatchObject([{ outlived: STAMP }]);
  });
});
