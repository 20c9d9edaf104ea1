import { Toxiproxy } from 'toxiproxy-node-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dial } from '../target/ask.ts';
import { TestProxies } from './control-client.ts';
import { Peer, TestUpstream } from './tcp-ends.ts';

/** A client that was written for Toxiproxy and does not know us. */
describe('toxiproxy-node-client', () => {
  let proxies: TestProxies;
  let client: Toxiproxy;

  beforeEach(async () => {
    proxies = await TestProxies.start();
    client = new Toxiproxy(proxies.url);
  });
  afterEach(async () => {
    await proxies[Symbol.asyncDispose]();
  });

  it('asks for the version', async () => {
    expect(JSON.parse(await client.getVersion())).toEqual({ version: '2.12.0' });
  });

  it('drives a proxy through all of its life', async () => {
    await using upstream = await TestUpstream.echo();
    const created = await client.createProxy({
      name: 'redis',
      listen: 'localhost:0',
      upstream: `localhost:${upstream.port}`,
    });
    expect(created.listen).toMatch(/^127\.0\.0\.1:\d+$/);
    const port = Number(created.listen.split(':').at(-1));

    const toxic = await created.addToxic({
      name: 'cut',
      type: 'limit_data',
      stream: 'downstream',
      toxicity: 1,
      attributes: { bytes: 3 },
    });
    const cut = await Peer.dial(port);
    cut.socket.write('abcdef');
    expect(await cut.end()).toBe('fin');
    expect(cut.text).toBe('abc');

    await toxic.update({ ...toxic.toJson(), attributes: { bytes: 5 } });
    expect((await created.getToxic<{ bytes: number }>('cut')).attributes.bytes).toBe(5);
    await toxic.remove();
    await expect(created.getToxic('cut')).rejects.toThrow('404');

    const down = await created.update({ enabled: false, listen: created.listen, upstream: created.upstream });
    expect(down.enabled).toBe(false);
    expect(await dial(port)).toBe('ECONNREFUSED');
    await client.reset();
    expect((await client.get('redis')).enabled).toBe(true);
    expect(await dial(port)).toBe('connected');

    await created.remove();
    expect(await client.getAll()).toEqual({});
    await expect(client.get('redis')).rejects.toThrow('404');
  });

  it('populates', async () => {
    const populated = await client.populate([
      { name: 'a', listen: '127.0.0.1:0', upstream: '127.0.0.1:9' },
      { name: 'b', listen: '127.0.0.1:0', upstream: '127.0.0.1:9' },
    ]);
    expect(Object.keys(populated)).toEqual(['a', 'b']);
    expect(Object.keys(await client.getAll())).toEqual(['a', 'b']);
  });
});
