/**
 * Runs one scenario in the network namespace that it was started in, and prints what happened as one JSON line each. The
 * namespace is its own: what it does to the network is gone with it.
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool, PoolerError } from '#libs/client';
import { channels } from '#libs/records';

const peer: ChildProcess = fork(new URL('./peer.ts', import.meta.url));
const [port]: unknown[] = await once(peer, 'message');
const origin = `http://127.0.0.1:${String(port)}`;

function say(fact: object): void {
  console.log(JSON.stringify(fact));
}

/**
 * Lets packets of both directions vanish, or pass again. Behind the sender's back: one dropped on its way out would be an
 * error of the sender's kernel, which then never counts it as sent.
 */
function setCut(isCut: boolean): void {
  execFileSync('iptables', ['-w', isCut ? '-A' : '-D', 'INPUT', '-p', 'tcp', '-j', 'DROP']);
}

async function outcome(answer: Promise<unknown>): Promise<object> {
  const startedMs = performance.now();
  try {
    await answer;
    return { outcome: 'ok' };
  } catch (error) {
    if (!(error instanceof PoolerError)) throw error;
    const { code, errno, syscall, phase } = error;
    return { outcome: code, errno, syscall, phase, isWithin25s: performance.now() - startedMs < 25_000 };
  }
}

async function get(pool: Pool, path: string): Promise<void> {
  await (await pool.request({ path })).body.dump();
}

/** Two idle connections that the peer keeps for longer than any test takes. */
async function openTwo(options: ConstructorParameters<typeof Pool>[1] = {}): Promise<Pool> {
  const pool = new Pool(origin, { ...options, idleTimeoutMs: 60_000 });
  await Promise.all([get(pool, '/'), get(pool, '/')]);
  return pool;
}

const SCENARIOS: Record<string, () => Promise<void>> = {
  async 'in flight'() {
    const client = new Client({ retry: false, pool: { idleTimeoutMs: 60_000 } });
    const request = async (): Promise<void> => (await client.request(`${origin}/`)).body.dump();
    await Promise.all([request(), request()]);
    const stop = channels.request.subscribe(({ attempts }) => say({ attempts: attempts.map((a) => a.kind) }));
    setCut(true);
    say(await outcome(request()));
    setCut(false);
    say(await outcome(request()));
    stop();
    await client.destroy();
  },

  async waiting() {
    const pool = await openTwo();
    const asked = once(peer, 'message');
    const waiting = outcome(get(pool, '/never'));
    await asked;
    // An acknowledgement may be put off for so long (RFC 1122 section 4.2.3.2).
    await pause(500);
    setCut(true);
    say(await waiting);
    setCut(false);
    say(await outcome(get(pool, '/')));
    await pool.destroy();
  },

  async 'mid-body'() {
    const pool = await openTwo();
    const response = await pool.request({ path: '/half' });
    setCut(true);
    say(await outcome(response.body.text()));
    await pool.destroy();
  },

  async idle() {
    const pool = await openTwo();
    setCut(true);
    const startedMs = performance.now();
    for (let i = 0; i < 300 && pool.stats().idle > 0; i += 1) await pause(100);
    say({ idle: pool.stats().idle, isWithin25s: performance.now() - startedMs < 25_000 });
    setCut(false);
    say(await outcome(get(pool, '/')));
    await pool.destroy();
  },

  async stopped() {
    const pool = await openTwo({ headersTimeoutMs: 6_000 });
    peer.kill('SIGSTOP');
    say(await outcome(get(pool, '/')));
    peer.kill('SIGCONT');
    say(await outcome(get(pool, '/')));
    await pool.destroy();
  },

  async 'two addresses'() {
    const folder = mkdtempSync(join(tmpdir(), 'pooler-hosts-'));
    const hosts = join(folder, 'hosts');
    writeFileSync(hosts, '::1 two-ways.test\n127.0.0.1 two-ways.test\n');
    execFileSync('mount', ['--bind', hosts, '/etc/hosts']);
    execFileSync('ip6tables', ['-w', '-A', 'INPUT', '-p', 'tcp', '-j', 'DROP']);
    const client = new Client({ retry: false });
    const stop = channels.request.subscribe(({ attempts }) => {
      say({ reached: attempts.map(({ connection }) => connection?.remoteAddress) });
    });
    const addresses = await lookup('two-ways.test', { all: true });
    say({ addresses: addresses.map(({ address }) => address).toSorted() });
    const url = `http://two-ways.test:${String(port)}/`;
    say(await outcome(client.request(url).then(({ body }) => body.dump())));
    stop();
    await client.destroy();
    rmSync(folder, { recursive: true });
  },

  async ports() {
    // Four ports for the client, none of which comes back within a minute.
    writeFileSync('/proc/sys/net/ipv4/tcp_tw_reuse', '0');
    writeFileSync('/proc/sys/net/ipv4/ip_local_port_range', '61000 61003');
    const stop = channels.breaker.subscribe(({ to }) => say({ breaker: to }));
    // Without idle connections it is the client who closes, so that TIME_WAIT is on its side.
    const client = new Client({ retry: false, pool: { maxIdle: 0, acquireTimeoutMs: 1_000 } });
    const request = async (): Promise<void> => (await client.request(`${origin}/`)).body.dump();
    for (let i = 0; i < 4; i += 1) say(await outcome(request()));
    const starved = Array.from({ length: 8 }, async () => outcome(request()));
    for (const fact of await Promise.all(starved)) say(fact);
    const patient = outcome(request());
    writeFileSync('/proc/sys/net/ipv4/ip_local_port_range', '61000 61999');
    say(await patient);
    stop();
    await client.destroy();
  },
};

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

const stop = channels.connection.subscribe((record) => {
  if (record.event === 'closed') say({ closed: record.reason });
});
try {
  await SCENARIOS[process.argv[2] ?? '']?.();
} finally {
  stop();
  peer.kill('SIGKILL');
}
