import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { lastingPort } from '../fixtures/lasting-ports.ts';
import { accepts, end } from './server.ts';

/** A fault proxy outside the measured process. */
export interface BenchProxy {
  readonly name: string;
  /** Makes a proxy in front of a loopback port and returns its own port. */
  proxyTo(upstreamPort: number): Promise<number>;
  stop(): Promise<void>;
}

/** Ours, run from source. */
export async function startPoolerProxy(): Promise<BenchProxy> {
  const main = resolve(import.meta.dirname, '../../apps/cli/src/main.ts');
  return startBehindApi('pooler proxy', (port) =>
    spawn(process.execPath, ['--conditions=pooler-source', main, 'proxy', '--port', String(port)], {
      stdio: 'ignore',
    }),
  );
}

/** Toxiproxy from the PATH, or from the cache of installed tools; `undefined` where there is none. */
export async function startToxiproxy(): Promise<BenchProxy | undefined> {
  const cache = process.env.POOLER_TOOLS_CACHE ?? join(homedir(), '.cache/pooler-tools');
  const cached = join(cache, 'bin/toxiproxy-server');
  const program = existsSync(cached) ? cached : 'toxiproxy-server';
  const { error, stdout } = spawnSync(program, ['-version'], { encoding: 'utf8' });
  if (error) return undefined;
  const version = stdout.replace('toxiproxy-server version ', '').trim();
  return startBehindApi(`toxiproxy ${version}`, (port) =>
    spawn(program, ['-host', '127.0.0.1', '-port', String(port)], { stdio: 'ignore' }),
  );
}

async function startBehindApi(name: string, start: (port: number) => ChildProcess): Promise<BenchProxy> {
  const port = await lastingPort();
  const child = start(port);
  await accepts(port);
  let count = 0;
  return {
    name,
    proxyTo: async (upstreamPort) => {
      count += 1;
      const response = await fetch(`http://127.0.0.1:${port}/proxies`, {
        method: 'POST',
        body: JSON.stringify({
          name: `to-${count}`,
          listen: '127.0.0.1:0',
          upstream: `127.0.0.1:${upstreamPort}`,
        }),
      });
      const { listen }: { listen: string } = JSON.parse(await response.text());
      return Number(listen.split(':').at(-1));
    },
    stop: async () => end(child),
  };
}
