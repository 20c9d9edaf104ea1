import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dial } from '../target/ask.ts';
import { TestProxies } from './control-client.ts';
import { Peer, TestUpstream } from './tcp-ends.ts';

let proxies: TestProxies;

beforeEach(async () => {
  proxies = await TestProxies.start();
});
afterEach(async () => {
  await proxies[Symbol.asyncDispose]();
});

describe('a proxy without toxics', () => {
  it('passes bytes both ways, and each end on its own', async () => {
    await using upstream = await TestUpstream.start();
    const client = await Peer.dial(await proxies.proxyTo(upstream.port));
    const server = await upstream.next();
    client.socket.end('question');
    expect(await server.end()).toBe('fin');
    expect(server.text).toBe('question');
    server.socket.end('answer');
    expect(await client.end()).toBe('fin');
    expect(client.text).toBe('answer');
  });

  it('passes a reset as a reset, both ways', async () => {
    await using upstream = await TestUpstream.start();
    const port = await proxies.proxyTo(upstream.port);
    const first = await Peer.dial(port);
    (await upstream.next()).socket.resetAndDestroy();
    expect(await first.end()).toBe('ECONNRESET');
    const second = await Peer.dial(port);
    const server = await upstream.next();
    second.socket.resetAndDestroy();
    expect(await server.end()).toBe('ECONNRESET');
  });

  it('passes a reset also after the end of that direction', async () => {
    await using upstream = await TestUpstream.start();
    const client = await Peer.dial(await proxies.proxyTo(upstream.port));
    const server = await upstream.next();
    client.socket.end();
    expect(await server.end()).toBe('fin');
    client.socket.resetAndDestroy();
    // Nobody reads behind an end: the next bytes for the client meet the reset.
    const writing = setInterval(() => server.socket.write('more'), 1);
    await new Promise((resolve) => {
      server.socket.once('close', resolve);
    });
    clearInterval(writing);
    expect(server.socket.errored).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) });
  });

  it('passes 64 MiB unchanged to a reader that stops in between, and takes no more meanwhile', async () => {
    const sent = randomBytes(64 * 1024 * 1024);
    await using upstream = await TestUpstream.start(0, (socket) => socket.end(sent));
    const port = await proxies.proxyTo(upstream.port);
    const socket = connect({ host: '127.0.0.1', port });
    const hash = createHash('sha256');
    socket.pause();
    await once(socket, 'connect');
    const received = 'toxiproxy_proxy_received_bytes_total{direction="downstream"';
    let before = 0;
    await proxies.untilMetric(received, (bytes) => {
      const stands = bytes > 0 && bytes === before;
      before = bytes;
      return stands;
    });
    // What neither end has lies in the buffers of the system: a few MiB for each socket.
    expect(before).toBeLessThan(sent.length / 2);
    socket.on('data', (bytes: Buffer) => hash.update(bytes)).resume();
    await once(socket, 'end');
    expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
    expect(await proxies.metric('toxiproxy_proxy_sent_bytes_total{direction="downstream"')).toBe(sent.length);
  });

  it('carries 1,000 connections at a time, and lets go of all', async () => {
    await using upstream = await TestUpstream.echo();
    const port = await proxies.proxyTo(upstream.port);
    const clients = await Promise.all(Array.from({ length: 1_000 }, () => Peer.dial(port)));
    const echoed = await Promise.all(
      clients.map((client, index) => {
        const text = `client ${index}`;
        client.socket.write(text);
        return client.bytes(text.length);
      }),
    );
    expect(echoed).toEqual(clients.map((_, index) => `client ${index}`));
    expect(await proxies.metric('pooler_proxy_open_connections')).toBe(1_000);
    for (const client of clients) client.socket.end();
    expect(new Set(await Promise.all(clients.map((client) => client.end())))).toEqual(new Set(['fin']));
    await proxies.untilMetric('pooler_proxy_open_connections', (value) => value === 0);
    expect(upstream.openConnections).toBe(0);
  });
});

describe('an upstream that is away', () => {
  it('costs its clients their connections, and nothing else; it may come back', async () => {
    const upstream = await TestUpstream.echo();
    const { port: upstreamPort } = upstream;
    const port = await proxies.proxyTo(upstreamPort);
    const before = await Peer.dial(port);
    before.socket.write('hello');
    expect(await before.bytes(5)).toBe('hello');
    await upstream[Symbol.asyncDispose]();
    await before.end();
    for (let i = 0; i < 20; i += 1) expect(await (await Peer.dial(port)).end()).toMatch(/^(fin|ECONNRESET)$/);
    expect(await proxies.metric('pooler_proxy_failed_dials_total')).toBe(20);
    await using again = await TestUpstream.echo(upstreamPort);
    expect(again.port).toBe(upstreamPort);
    const after = await Peer.dial(port);
    after.socket.write('back');
    expect(await after.bytes(4)).toBe('back');
  });

  it.each(['127.0.0.1:1', 'no-such-host.invalid:80', 'nonsense', ''])(
    'or was never there closes the client: %j',
    async (upstream) => {
      const { text } = await proxies.send('POST', '/proxies', {
        name: 'web',
        listen: '127.0.0.1:0',
        upstream: upstream || 'x',
      });
      const { listen }: { listen: string } = JSON.parse(text);
      const client = await Peer.dial(Number(listen.split(':').at(-1)));
      expect(await client.end()).toMatch(/^(fin|ECONNRESET)$/);
    },
  );
});

describe('a proxy that is taken down', () => {
  it('closes its connections and refuses new ones, until it is up again on the same port', async () => {
    await using upstream = await TestUpstream.echo();
    const port = await proxies.proxyTo(upstream.port);
    const client = await Peer.dial(port);
    client.socket.write('x');
    await client.bytes(1);
    await proxies.send('PATCH', '/proxies/web', { enabled: false });
    expect(await client.end()).toBe('fin');
    expect(await dial(port)).toBe('ECONNREFUSED');
    await proxies.send('PATCH', '/proxies/web', { enabled: true });
    const again = await Peer.dial(port);
    again.socket.write('y');
    expect(await again.bytes(1)).toBe('y');
  });
});
