import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { lastingPort } from '../fixtures/lasting-ports.ts';
import { BODY_64_KIB, BODY_64_KIB_BYTES, type Scheme } from './measure.ts';

/** A server outside the measured process: 64 KiB at `/64k`, everywhere else `{"status":"ok"}`. */
export interface BenchServer {
  readonly name: string;
  readonly scheme: Scheme;
  readonly port: number;
  stop(): Promise<void>;
}

/** nginx where the machine has it, else a raw responder in Node. */
export async function startBenchServer(scheme: Scheme = 'http'): Promise<BenchServer> {
  const port = await lastingPort();
  return spawnSync('nginx', ['-v']).error ? startResponder(scheme, port) : startNginx(scheme, port);
}

async function startNginx(scheme: Scheme, port: number): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'pooler-bench-'));
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 300s;
  server {
    listen 127.0.0.1:${port}${scheme === 'https' ? ' ssl' : ''};
    ssl_certificate ${fixture('server.pem')}; ssl_certificate_key ${fixture('leaf.key')}; ssl_protocols TLSv1.3;
    # A word of this file may have 4 KiB at most, but what it makes may be longer.
    set $kib '${'x'.repeat(1024)}';
    location = ${BODY_64_KIB.path} { default_type application/octet-stream; return 200 '${'$kib'.repeat(BODY_64_KIB_BYTES / 1024)}'; }
    location / { default_type application/json; return 200 '{"status":"ok"}'; }
  }
}
`,
  );
  const child = spawn('nginx', ['-c', config, '-e', join(folder, 'error.log')], { stdio: 'ignore' });
  await accepts(port);
  const version = spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr.trim();
  return {
    name: version.replace('nginx version: ', ''),
    scheme,
    port,
    stop: async () => {
      await end(child);
      rmSync(folder, { recursive: true });
    },
  };
}

async function startResponder(scheme: Scheme, port: number): Promise<BenchServer> {
  const script = new URL('raw-responder.ts', import.meta.url);
  const child = spawn(process.execPath, [script.pathname, scheme, String(port)], { stdio: 'inherit' });
  await accepts(port);
  return { name: 'a raw responder in Node', scheme, port, stop: async () => end(child) };
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
}

/** Stops a child and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Resolves when the port accepts connections; gives up after 5 s. */
export async function accepts(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.on('connect', () => resolve(true));
      socket.on('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  throw new Error(`the server did not listen on port ${port}`);
}
