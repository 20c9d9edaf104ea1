import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../target/ask.ts';
import { TestProxies } from './control-client.ts';
import { Peer, TestUpstream } from './tcp-ends.ts';

let proxies: TestProxies;

beforeEach(async () => {
  proxies = await TestProxies.start();
});
afterEach(async () => {
  await proxies[Symbol.asyncDispose]();
});

/** What befell the end that receives, when the other has sent `sent` and then its end. */
interface Outcome {
  readonly text: string;
  readonly end: string;
}

const SENT = '0123456789'.repeat(100);

/** Every toxic of Toxiproxy's, with what it does on real sockets. How long it takes is the unit specs' affair. */
const PARITY: ReadonlyArray<readonly [string, object, Outcome]> = [
  ['noop', {}, { text: SENT, end: 'fin' }],
  ['latency', { latency: 5, jitter: 5 }, { text: SENT, end: 'fin' }],
  ['bandwidth', { rate: 100 }, { text: SENT, end: 'fin' }],
  ['slow_close', { delay: 10 }, { text: SENT, end: 'fin' }],
  ['timeout', { timeout: 10 }, { text: '', end: 'fin' }],
  ['reset_peer', { timeout: 0 }, { text: '', end: 'ECONNRESET' }],
  ['slicer', { average_size: 10, size_variation: 5, delay: 10 }, { text: SENT, end: 'fin' }],
  ['limit_data', { bytes: 123 }, { text: SENT.slice(0, 123), end: 'fin' }],
];

describe.each(['upstream', 'downstream'])('on the %s stream', (stream) => {
  it.each(PARITY)('%s with %j', async (type, attributes, outcome) => {
    await using upstream = await TestUpstream.start();
    const port = await proxies.proxyTo(upstream.port);
    await proxies.addToxic({ type, stream, attributes });
    const client = await Peer.dial(port);
    const server = await upstream.next();
    const [sender, receiver] = stream === 'upstream' ? [client, server] : [server, client];
    sender.socket.end(SENT);
    expect(await receiver.end()).toBe(outcome.end);
    expect(receiver.text).toBe(outcome.text);
  });

  it.each(PARITY)('%s does nothing to the other direction', async (type, attributes) => {
    await using upstream = await TestUpstream.start();
    const port = await proxies.proxyTo(upstream.port);
    await proxies.addToxic({ type, stream, attributes: { ...attributes, timeout: 0 } });
    const client = await Peer.dial(port);
    const server = await upstream.next();
    const [sender, receiver] = stream === 'upstream' ? [server, client] : [client, server];
    sender.socket.write(SENT);
    expect(await receiver.bytes(SENT.length)).toBe(SENT);
  });
});

describe('a toxic on a live connection', () => {
  it('works from its addition to its removal, and no byte is lost', async () => {
    await using upstream = await TestUpstream.echo();
    const client = await Peer.dial(await proxies.proxyTo(upstream.port));
    client.socket.write('one');
    await client.bytes(3);
    await proxies.addToxic({ type: 'bandwidth', name: 'stop' });
    client.socket.write('two');
    await proxies.untilMetric(
      'toxiproxy_proxy_received_bytes_total{direction="downstream"',
      (value) => value === 6,
    );
    expect(client.text).toBe('one');
    await proxies.send('DELETE', '/proxies/web/toxics/stop');
    expect(await client.bytes(6)).toBe('onetwo');
  });

  it('closes it when it was a timeout that is removed, as Toxiproxy does', async () => {
    await using upstream = await TestUpstream.echo();
    const client = await Peer.dial(await proxies.proxyTo(upstream.port));
    await proxies.addToxic({ type: 'timeout', name: 'hole' });
    client.socket.write('lost');
    await proxies.untilMetric(
      'toxiproxy_proxy_received_bytes_total{direction="downstream"',
      (value) => value === 4,
    );
    await proxies.send('POST', '/reset');
    expect(await client.end()).toBe('fin');
    expect(client.text).toBe('');
  });

  it('leaves alone the connections that its toxicity spares, and its removal does too', async () => {
    await using upstream = await TestUpstream.echo();
    const client = await Peer.dial(await proxies.proxyTo(upstream.port));
    await proxies.addToxic({ type: 'timeout', name: 'hole', toxicity: 0 });
    await proxies.send('DELETE', '/proxies/web/toxics/hole');
    client.socket.write('passed');
    expect(await client.bytes(6)).toBe('passed');
  });
});

describe('the seed', () => {
  /** Which of 40 connections, one after the other, a toxic of toxicity 0.5 resets. */
  async function strikesOf(seed: number): Promise<string> {
    await using own = await TestProxies.start(seed);
    await using upstream = await TestUpstream.echo();
    const port = await own.proxyTo(upstream.port);
    await own.addToxic({ type: 'reset_peer', toxicity: 0.5 });
    let strikes = '';
    for (let i = 0; i < 40; i += 1) {
      const client = await Peer.dial(port);
      client.socket.end('x');
      strikes += (await client.end()) === 'fin' ? '.' : 'x';
    }
    return strikes;
  }

  it('makes the same connections suffer, and another seed others', async () => {
    const first = await strikesOf(42);
    expect(first).toMatch(/x/);
    expect(first).toMatch(/\./);
    expect(await strikesOf(42)).toBe(first);
    expect(await strikesOf(43)).not.toBe(first);
  });
});

describe('first', () => {
  it('resets the first connections and lets the others pass', async () => {
    await using upstream = await TestUpstream.echo();
    const port = await proxies.proxyTo(upstream.port);
    await proxies.addToxic({ type: 'reset_peer', attributes: { first: 2 } });
    const ends: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      const client = await Peer.dial(port);
      client.socket.end('x');
      ends.push(await client.end());
    }
    expect(ends).toEqual(['ECONNRESET', 'ECONNRESET', 'fin', 'fin']);
    expect(await proxies.metric('pooler_proxy_strikes_total')).toBe(2);
  });
});

describe('toxics that know HTTP', () => {
  let server: Server;
  let port: number;
  /** Method and path of each request that the upstream saw. */
  let seen: string[];

  beforeEach(async () => {
    seen = [];
    server = createServer((request: IncomingMessage, response) => {
      request.resume().on('end', () => {
        seen.push(`${request.method} ${request.url}`);
        response.end(`you asked for ${request.url}`);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = await proxies.proxyTo(typeof address === 'object' && address ? address.port : 0);
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  /** Statuses of requests over one kept connection; `reset` where it was. */
  async function statusesOf(...paths: readonly string[]): Promise<Array<number | string | undefined>> {
    const { Agent } = await import('node:http');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const statuses: Array<number | string | undefined> = [];
    for (const path of paths) {
      const answer = ask(`http://127.0.0.1:${port}${path}`, {
        agent,
        method: 'POST',
        body: 'x'.repeat(100_000),
      });
      statuses.push(
        await answer.then(
          ({ status }) => status,
          () => 'reset',
        ),
      );
    }
    agent.destroy();
    return statuses;
  }

  it('answer in the place of the upstream, on a connection that lives on', async () => {
    await proxies.addToxic({
      type: 'http_status',
      stream: 'upstream',
      attributes: { first: 1, status: 418 },
    });
    expect(await statusesOf('/a', '/b')).toEqual([418, 200]);
    expect(seen).toEqual(['POST /b']);
  });

  it('replace what the upstream has answered', async () => {
    await proxies.addToxic({ type: 'http_status', attributes: { path: '/b' } });
    expect(await statusesOf('/a', '/b', '/c')).toEqual([200, 503, 200]);
    expect(seen).toEqual(['POST /a', 'POST /b', 'POST /c']);
  });

  it('say which toxic it was', async () => {
    await proxies.addToxic({ type: 'http_status', name: 'odd', attributes: { method: 'GET' } });
    const { headers, body } = await ask(`http://127.0.0.1:${port}/`);
    expect(headers['x-pooler-fault']).toBe('odd');
    expect(JSON.parse(body.toString())).toEqual({ fault: 'odd', status: 503 });
  });

  it('reset before the request or instead of the response', async () => {
    await proxies.addToxic({ type: 'http_reset', stream: 'upstream', attributes: { path: '/before' } });
    await proxies.addToxic({ type: 'http_reset', stream: 'downstream', attributes: { path: '/instead' } });
    expect(await statusesOf('/before', '/instead', '/other')).toEqual(['reset', 'reset', 200]);
    expect(seen).toEqual(['POST /instead', 'POST /other']);
  });

  it('delay', async () => {
    await proxies.addToxic({
      type: 'http_latency',
      stream: 'upstream',
      attributes: { latency: 5, jitter: 5 },
    });
    await proxies.addToxic({ type: 'http_latency', attributes: { latency: 5 } });
    expect(await statusesOf('/a', '/b')).toEqual([200, 200]);
    expect(await proxies.metric('pooler_proxy_requests_total')).toBe(2);
  });

  it('draw for each request, not for each connection, and again the same', async () => {
    const paths = Array.from({ length: 60 }, (_, index) => `/${index}`);
    await proxies.addToxic({ type: 'http_status', stream: 'upstream', toxicity: 0.5 });
    const first = await statusesOf(...paths);
    expect(new Set(first)).toEqual(new Set([200, 503]));
    await proxies.send('DELETE', '/proxies/web');
    const address = server.address();
    port = await proxies.proxyTo(typeof address === 'object' && address ? address.port : 0);
    await proxies.addToxic({ type: 'http_status', stream: 'upstream', toxicity: 0.5 });
    expect(await statusesOf(...paths)).toEqual(first);
  });

  it('reach a connection that was open before them', async () => {
    const { Agent } = await import('node:http');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const url = `http://127.0.0.1:${port}/`;
    expect((await ask(url, { agent })).status).toBe(200);
    await proxies.addToxic({ type: 'http_status', stream: 'upstream' });
    expect((await ask(url, { agent })).status).toBe(503);
    await proxies.send('POST', '/reset');
    expect((await ask(url, { agent })).status).toBe(200);
    expect(await proxies.metric('pooler_proxy_connections_total')).toBe(1);
    agent.destroy();
  });

  it('pass what is no HTTP as it is', async () => {
    await using upstream = await TestUpstream.echo();
    await proxies.send('PATCH', '/proxies/web', { upstream: `127.0.0.1:${upstream.port}` });
    const { listen }: { listen: string } = JSON.parse((await proxies.send('GET', '/proxies/web')).text);
    await proxies.addToxic({ type: 'http_reset', stream: 'upstream' });
    const client = await Peer.dial(Number(listen.split(':').at(-1)));
    client.socket.end('*1\r\n$4\r\nPING\r\n');
    expect(await client.end()).toBe('fin');
    expect(client.text).toBe('*1\r\n$4\r\nPING\r\n');
  });
});
