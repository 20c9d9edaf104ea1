import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runInside } from './captured-io.ts';
import { runCommand, startCommand } from './command-process.ts';
import { TlsServer } from '../pool/tls-server.ts';
import { TestServer } from './test-server.ts';

const STATS = /^\[stats\] ok=(\d+) fail=(\d+) retry=\d+ open_circuit=\d+ pool_active=\d+ pool_idle=\d+$/;
const SUMMARY = /^requests=(\d+) ok=(\d+) retries=(\d+) open_circuit=(\d+) avg_ms=\d+\.\d$/;

/** The summary, and the lines before it. Fails where anything follows the summary. */
function read(lines: readonly string[]): {
  before: string[];
  requests: number;
  ok: number;
  retries: number;
  opened: number;
} {
  const match = SUMMARY.exec(lines.at(-1) ?? '');
  expect(match, `no summary at the end of ${lines.join('\n')}`).not.toBeNull();
  const [requests = NaN, ok = NaN, retries = NaN, opened = NaN] = (match ?? []).slice(1).map(Number);
  return { before: lines.slice(0, -1), requests, ok, retries, opened };
}

function linesOf(stdout: string): string[] {
  expect(stdout.endsWith('\n')).toBe(true);
  return stdout.slice(0, -1).split('\n');
}

let server: TestServer;

beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

describe('pooler', () => {
  it('sends exactly the requests that it was told, and ends with the summary', async () => {
    server.answer = (n) => (n % 5 === 0 ? 404 : 200);
    const { exitCode, stdout, stderr } = await runCommand('--port', server.port, '--requests', '503');
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(read(linesOf(stdout))).toMatchObject({ requests: 503, ok: 403, retries: 0, opened: 0 });
    expect(server.requests).toBe(503);
  });

  it('prints cumulative [stats] lines while it runs', async () => {
    server.answer = (n) => (n % 4 === 0 ? 404 : 200);
    const args = ['--port', server.port, '--duration', '300ms', '--stats-interval', '20ms'];
    const { exitCode, out } = await runInside(args);
    const { before, requests, ok } = read(out);
    expect(exitCode).toBe(0);
    expect(before.length).toBeGreaterThan(0);
    let finishedBefore = 0;
    for (const line of before) {
      const match = STATS.exec(line);
      expect(match, line).not.toBeNull();
      const finished = Number(match?.[1]) + Number(match?.[2]);
      expect(finished).toBeGreaterThanOrEqual(finishedBefore);
      finishedBefore = finished;
    }
    expect(requests).toBeGreaterThanOrEqual(finishedBefore);
    expect(requests).toBe(server.requests);
    expect(ok).toBe(requests - Math.floor(requests / 4));
  });

  it('with --quiet prints the summary alone, and --verbose still adds its lines', async () => {
    server.answer = () => 404;
    const args = ['--requests', '10', '--stats-interval', '10ms', '--quiet', '--verbose', '--seed', '7'];
    const { exitCode, out, screen } = await runInside([`http://127.0.0.1:${server.port}/x`, ...args]);
    expect(exitCode).toBe(1);
    const { before, requests, ok } = read(out);
    expect({ requests, ok }).toEqual({ requests: 10, ok: 0 });
    expect(before).toEqual([
      'errors: HTTP_404=10',
      expect.stringMatching(/^validation=(peek|read|turn)$/),
      'seed=7',
    ]);
    expect(screen).toEqual(out.map((line) => `${line}\n`));
  });

  it('with --adaptive keeps to a limit, which --verbose shows', async () => {
    const args = ['--requests', '300', '--concurrency', '40', '--adaptive', '--verbose', '--seed', '7'];
    const { exitCode, out } = await runInside([`http://127.0.0.1:${server.port}/x`, ...args]);
    expect(exitCode).toBe(0);
    const { before, ok } = read(out);
    expect(ok).toBe(300);
    const limit = Number(/^adaptive_limit=(\d+)$/.exec(before.at(-1) ?? '')?.[1]);
    expect(limit).toBeGreaterThanOrEqual(1);
    expect(limit).toBeLessThanOrEqual(40);
  });

  it('counts retries, names their causes, and gives up where the budget of attempts ends', async () => {
    server.answer = () => 503;
    const args = ['--requests', '3', '--retries', '1', '--retry-base', '1ms', '--verbose'];
    const { exitCode, out } = await runInside(['--port', server.port, ...args]);
    expect(exitCode).toBe(1);
    const { before, requests, retries } = read(out);
    expect({ requests, retries }).toEqual({ requests: 3, retries: 3 });
    expect(before[0]).toBe('errors: HTTP_503=6');
  });

  it('draws a progress bar on a terminal, and leaves no trace of it', async () => {
    server.answer = () => 'hold';
    const { screen } = await runInside(['--port', server.port, '--requests', '60'], () => server.release());
    expect(screen.filter((text) => text.startsWith('\r[')).length).toBeGreaterThan(0);
    expect(screen.at(-2)).toBe('\r\u001b[K');
    expect(screen.at(-1)).toMatch(/^requests=60 /);
  });

  it('reads long bodies to their end, for a body cut short would cost its connection', async () => {
    server.body = 'x'.repeat(300_000);
    const { out } = await runInside(['--port', server.port, '--requests', '20', '--concurrency', '2']);
    expect(read(out)).toMatchObject({ requests: 20, ok: 20 });
    expect(server.connections).toBe(2);
  });

  it('lets the workers whose request found the queue full leave the others their turn', async () => {
    const args = '--requests 200 --concurrency 3 --max-active 1 --max-pending 0 --verbose'.split(' ');
    const { out } = await runInside(['--port', server.port, ...args]);
    const { before, requests, ok } = read(out);
    expect(requests).toBe(200);
    expect(ok).toBeGreaterThan(1);
    expect(before[0]).toBe(`errors: PLR_QUEUE_FULL=${requests - ok}`);
  });

  it('ends with 1 when nothing succeeded, for there is no server', async () => {
    const { port } = server;
    await server[Symbol.asyncDispose]();
    server = await TestServer.start();
    const args = ['--requests', '20', '--breaker', 'off', '--retries', '0', '--verbose'];
    const { exitCode, stdout, stderr } = await runCommand('--port', port, ...args);
    const { before, requests, ok } = read(linesOf(stdout));
    expect({ exitCode, stderr, requests, ok }).toEqual({ exitCode: 1, stderr: '', requests: 20, ok: 0 });
    expect(before[0]).toBe('errors: ECONNREFUSED=20');
  });
});

describe('pooler --failures', () => {
  async function digestOf(seed: string): Promise<string | undefined> {
    const args = ['--requests', '300', '--failures', 'status=503:10%,latency=1ms:10%', '--verbose', '--seed'];
    const { exitCode, out } = await runInside(['--port', server.port, ...args, seed]);
    expect(exitCode).toBe(0);
    const { before, requests } = read(out);
    expect(requests).toBe(300);
    expect(before.at(-2)).toBe(`seed=${seed}`);
    return /^digest=([\da-f]+)$/.exec(before.at(-1) ?? '')?.[1];
  }

  it('has the same digest for the same seed, and another for another', async () => {
    const digest = await digestOf('42');
    expect(digest).toMatch(/^[\da-f]{16}$/);
    expect(await digestOf('42')).toBe(digest);
    expect(await digestOf('43')).not.toBe(digest);
  });
});

describe('pooler, signalled,', () => {
  const ENDLESS = ['--requests', '1000000', '--concurrency', '8', '--timeout', '1m', '--deadline', '1m'];

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'at %s starts no more, awaits what is in flight and prints the summary',
    async (signal) => {
      server.answer = () => 'hold';
      const command = startCommand(['--port', server.port, ...ENDLESS]);
      await Promise.race([server.received(8), command.ended]);
      command.signal(signal);
      server.release();
      const { exitCode, stdout, stderr } = await command.ended;
      const { requests, ok } = read(linesOf(stdout));
      expect({ exitCode, stderr }).toEqual({ exitCode: 105, stderr: '' });
      // Every request that the server saw was answered and counted.
      expect({ requests, ok }).toEqual({ requests: server.requests, ok: server.requests });
    },
  );

  it('twice, cuts what is in flight', async () => {
    server.answer = () => 'hold';
    const command = startCommand(['--port', server.port, ...ENDLESS, '--verbose']);
    await Promise.race([server.received(8), command.ended]);
    command.signal('SIGINT');
    command.signal('SIGTERM');
    const { exitCode, stdout, stderr } = await command.ended;
    const { before, requests, ok } = read(linesOf(stdout));
    expect({ exitCode, stderr, requests, ok }).toEqual({ exitCode: 105, stderr: '', requests: 8, ok: 0 });
    expect(before).toContain('errors: PLR_POOL_CLOSED=8');
  });
});

describe('pooler over TLS', () => {
  const root = new URL('../fixtures/tls/root.pem', import.meta.url).pathname;

  it.each([
    ['--ca with the root', ['--ca', root]],
    ['--insecure', ['--insecure']],
  ])('succeeds with %s, by flag and by url', async (_how, trust) => {
    await using secured = await TlsServer.start();
    const byFlag = [
      '--https',
      '--port',
      String(secured.port),
      '--requests',
      '20',
      '--concurrency',
      '2',
      ...trust,
    ];
    expect(read((await runInside(byFlag)).out)).toMatchObject({ requests: 20, ok: 20 });
    const byUrl = [`${secured.origin}/`, '--requests', '20', '--concurrency', '2', ...trust];
    expect(read((await runInside(byUrl)).out)).toMatchObject({ requests: 20, ok: 20 });
    expect(secured.requests).toBe(40);
  });

  it('sends nothing to a server that it cannot trust, and says why', async () => {
    await using secured = await TlsServer.start();
    const args = [
      '--https',
      '--port',
      String(secured.port),
      '--requests',
      '3',
      '--breaker',
      'off',
      '--verbose',
    ];
    const { exitCode, out } = await runInside(args);
    expect(exitCode).toBe(1);
    expect(out).toContain('errors: UNABLE_TO_VERIFY_LEAF_SIGNATURE=3');
    expect(secured.requests).toBe(0);
  });
});
