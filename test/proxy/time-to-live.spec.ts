import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#libs/testing';
import { dial } from '../target/ask.ts';
import { TestProxies } from './control-client.ts';
import { Peer, TestUpstream } from './tcp-ends.ts';

/** Of the proxies. What they carry does not wait for it. */
let clock: FakeClock;
let proxies: TestProxies;
let upstream: TestUpstream;
let port: number;

beforeEach(async () => {
  clock = new FakeClock();
  proxies = await TestProxies.start(1, clock);
  upstream = await TestUpstream.echo();
  port = await proxies.proxyTo(upstream.port);
});
afterEach(async () => {
  await proxies[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

async function toxicNames(): Promise<string[]> {
  const { text } = await proxies.send('GET', '/proxies/web/toxics');
  const toxics: Array<{ readonly name: string }> = JSON.parse(text);
  return toxics.map(({ name }) => name);
}

/** Changes the proxy when every change before is over. Returns it as it is then. */
async function change(fields: object): Promise<{ readonly enabled: boolean; readonly ttl?: number }> {
  return JSON.parse((await proxies.send('PATCH', '/proxies/web', fields)).text);
}

describe('a toxic with a time to live', () => {
  it('shows it, and removes itself when it is over, also from connections that are open', async () => {
    const held = { name: 'held', type: 'bandwidth', attributes: { rate: 0 }, ttl: 5_000 };
    const { text } = await proxies.send('POST', '/proxies/web/toxics', held);
    expect(JSON.parse(text)).toMatchObject({ ttl: 5_000 });
    const client = await Peer.dial(port);
    client.socket.write('hi');
    clock.advance(4_999);
    expect(await toxicNames()).toEqual(['held']);
    clock.advance(1);
    expect(await toxicNames()).toEqual([]);
    expect(await client.bytes(2)).toBe('hi');
  });

  it('has a new one from a change that names it, and keeps it in any other', async () => {
    await proxies.addToxic({ name: 'slow', type: 'latency', ttl: 5_000 });
    clock.advance(3_000);
    await proxies.send('PATCH', '/proxies/web/toxics/slow', { ttl: 5_000 });
    clock.advance(3_000);
    await proxies.send('PATCH', '/proxies/web/toxics/slow', { attributes: { latency: 1 } });
    clock.advance(1_999);
    expect(await toxicNames()).toEqual(['slow']);
    clock.advance(1);
    expect(await toxicNames()).toEqual([]);
  });

  it('takes no other with it, nor the next of its name', async () => {
    await proxies.addToxic({ name: 'a', type: 'noop', ttl: 1_000 });
    await proxies.addToxic({ name: 'b', type: 'noop' });
    await proxies.send('DELETE', '/proxies/web/toxics/a');
    await proxies.addToxic({ name: 'a', type: 'noop', ttl: 2_000 });
    clock.advance(1_999);
    expect(await toxicNames()).toEqual(['b', 'a']);
    clock.advance(1);
    expect(await toxicNames()).toEqual(['b']);
  });

  it.each([0, 1.5, 3_600_001, '5s'])('is refused for %j', async (ttl) => {
    const { status, text } = await proxies.send('POST', '/proxies/web/toxics', { type: 'noop', ttl });
    expect([status, JSON.parse(text).error]).toEqual([
      400,
      'bad request body: ttl must be a whole number of ms from 1 to 3600000',
    ]);
  });
});

describe('a proxy that is down for a time', () => {
  it('says so, and listens again when it is over', async () => {
    expect(await change({ enabled: false, ttl: 5_000 })).toMatchObject({ enabled: false, ttl: 5_000 });
    expect(await dial(port)).toBe('ECONNREFUSED');
    clock.advance(4_999);
    expect(await change({})).toMatchObject({ enabled: false, ttl: 5_000 });
    clock.advance(1);
    expect(await change({})).toMatchObject({ enabled: true });
    expect(await dial(port)).toBe('connected');
  });

  it('stays as it is when somebody has decided otherwise meanwhile', async () => {
    await change({ enabled: false, ttl: 5_000 });
    expect(await change({ enabled: true })).not.toHaveProperty('ttl');
    await change({ enabled: false });
    clock.advance(5_000);
    expect(await change({})).toEqual(expect.not.objectContaining({ ttl: 5_000, enabled: true }));
    expect(await dial(port)).toBe('ECONNREFUSED');
  });

  it('tries again each second where its port is taken', async () => {
    await change({ enabled: false, ttl: 5_000 });
    const squatter = await TestUpstream.start(port);
    clock.advance(5_000);
    expect(await change({})).toMatchObject({ enabled: false });
    await squatter[Symbol.asyncDispose]();
    clock.advance(1_000);
    expect(await change({})).toMatchObject({ enabled: true });
  });
});
