import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const NAMESPACE = ['-rnm', 'sh', '-c'];

/** Why no namespace with a filter can be had here. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux';
  try {
    const script =
      'ip link set lo up && iptables -w -A INPUT -j ACCEPT && test -w /proc/sys/net/ipv4/tcp_tw_reuse';
    execFileSync('unshare', [...NAMESPACE, script], { stdio: 'pipe', timeout: 10_000 });
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
  }
}

const reason = obstacle();
if (reason !== undefined)
  console.log(`SKIPPED test/netns/half-open.spec.ts: no network namespace: ${reason}`);

/** Everything that a scenario said, in its order. */
async function factsOf(scenario: string): Promise<unknown[]> {
  const program = new URL('./scenario.ts', import.meta.url).pathname;
  const script = 'ip link set lo up && exec "$0" --conditions=pooler-source "$1" "$2"';
  const args = [...NAMESPACE, script, process.execPath, program, scenario];
  const { stdout } = await run('unshare', args, { timeout: 50_000, killSignal: 'SIGKILL' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

const UNREACHABLE = { outcome: 'PLR_PEER_UNREACHABLE', errno: 'ETIMEDOUT', isWithin25s: true };
const OK = { outcome: 'ok' };

describe.skipIf(reason !== undefined)(
  'a peer behind a network that drops every packet',
  { timeout: 60_000 },
  () => {
    it.concurrent('ends a request sent into the hole by its retransmissions, once, and the pool starts afresh', async () => {
      expect(await factsOf('in flight')).toEqual([
        { closed: 'peer-unreachable' },
        { closed: 'suspect' },
        { attempts: ['first'] },
        { ...UNREACHABLE, phase: 'wait' },
        { attempts: ['first'] },
        OK,
        { closed: 'pool-destroyed' },
      ]);
    });

    it.concurrent('ends a request that waits for its answer by keep-alive', async () => {
      const facts = await factsOf('waiting');
      expect(facts.filter((fact) => !isClose(fact))).toEqual([
        { ...UNREACHABLE, syscall: 'read', phase: 'wait' },
        OK,
      ]);
      expect(facts).toContainEqual({ closed: 'peer-unreachable' });
    });

    it.concurrent('ends a body in its middle by keep-alive', async () => {
      const facts = await factsOf('mid-body');
      expect(facts.filter((fact) => !isClose(fact))).toEqual([
        { ...UNREACHABLE, syscall: 'read', phase: 'receive' },
      ]);
    });

    it.concurrent('ends idle connections, before a request meets them', async () => {
      const facts = await factsOf('idle');
      expect(facts.slice(0, 2)).toEqual([{ closed: 'peer-unreachable' }, { closed: 'suspect' }]);
      expect(facts.filter((fact) => !isClose(fact))).toEqual([{ idle: 0, isWithin25s: true }, OK]);
    });

    it.concurrent('is told from one that stands still: that is slow, and serves again', async () => {
      const facts = await factsOf('stopped');
      expect(facts.filter((fact) => !isClose(fact))).toEqual([
        { outcome: 'PLR_HEADERS_TIMEOUT', errno: 'ETIMEDOUT', phase: 'wait', isWithin25s: true },
        OK,
      ]);
      expect(facts).not.toContainEqual({ closed: 'peer-unreachable' });
    });
  },
);

describe.skipIf(reason !== undefined)('a name with two addresses', { timeout: 60_000 }, () => {
  it.concurrent('is reached by the second when packets to the first vanish, within one dial', async () => {
    expect(await factsOf('two addresses')).toEqual([
      { addresses: ['127.0.0.1', '::1'] },
      { reached: ['127.0.0.1'] },
      OK,
      { closed: 'pool-destroyed' },
    ]);
  });
});

describe.skipIf(reason !== undefined)('local ports', { timeout: 60_000 }, () => {
  it.concurrent('that run out pause dialling, which goes on when there are some; no breaker opens', async () => {
    const facts = await factsOf('ports');
    const starved = { outcome: 'PLR_LOCAL_PORTS', phase: 'acquire', isWithin25s: true };
    expect(facts.filter((fact) => !isClose(fact))).toEqual([
      OK,
      OK,
      OK,
      OK,
      ...Array.from({ length: 8 }, () => starved),
      OK,
    ]);
  });
});

function isClose(fact: unknown): boolean {
  return typeof fact === 'object' && fact !== null && 'closed' in fact;
}
