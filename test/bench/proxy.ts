/**
 * What the fault proxy costs when it has no toxics, beside Toxiproxy: added latency and throughput, over loopback.
 * `node --conditions=pooler-source test/bench/proxy.ts [--rounds N]`. Fails when a target is missed; without Toxiproxy it
 * only prints our own figures and says what is missing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { lastingPort } from '../fixtures/lasting-ports.ts';
import { startPoolerProxy, startToxiproxy, type BenchProxy } from './fault-proxies.ts';
import { machineLine } from './machine.ts';
import { accepts, end, startBenchServer } from './server.ts';
import { estimateRatio, median } from './statistics.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '12' } } });
const ROUNDS = Number(values.rounds);
const REQUESTS = 2_000;
const STREAM_BYTES = 512 * 1024 * 1024;
const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');

/** The median of `REQUESTS` exchanges one after the other on one connection, in microseconds. */
async function exchangeMicros(port: number): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  const micros: number[] = [];
  let beganAtMs = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const send = (): void => {
    beganAtMs = performance.now();
    socket.write(REQUEST);
  };
  socket.on('error', reject).on('data', () => {
    micros.push((performance.now() - beganAtMs) * 1_000);
    if (micros.length < REQUESTS) send();
    else resolve();
  });
  send();
  await promise;
  socket.destroy();
  // The first exchanges find everything cold.
  return median(micros.slice(REQUESTS / 10));
}

/** Megabytes per second of one stream of `STREAM_BYTES`. */
async function megabytesPerSecond(port: number): Promise<number> {
  const beganAtMs = performance.now();
  const socket = connect({ host: '127.0.0.1', port });
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(socket, 'end');
  if (bytes !== STREAM_BYTES) throw new Error(`the stream had ${bytes} bytes, not ${STREAM_BYTES}`);
  return bytes / 1e3 / (performance.now() - beganAtMs);
}

/** Measures each port once, in an order that turns with the rounds. */
async function round(
  index: number,
  ports: readonly number[],
  measure: (port: number) => Promise<number>,
): Promise<number[]> {
  const figures: number[] = [];
  for (let i = 0; i < ports.length; i += 1) {
    const at = (i + index) % ports.length;
    figures[at] = await measure(ports[at] ?? 0);
  }
  return figures;
}

async function rounds(
  ports: readonly number[],
  measure: (port: number) => Promise<number>,
): Promise<number[][]> {
  const all: number[][] = [];
  for (let index = 0; index < ROUNDS; index += 1) all.push(await round(index, ports, measure));
  return all;
}

function column(all: readonly number[][], index: number): number[] {
  return all.map((figures) => figures[index] ?? Number.NaN);
}

function judge(what: string, ratios: readonly number[], target: { atMost?: number; atLeast?: number }): void {
  const { median, low, high } = estimateRatio(ratios);
  const { atMost = Infinity, atLeast = -Infinity } = target;
  const isKept = median <= atMost && median >= atLeast;
  if (!isKept) process.exitCode = 1;
  const bound = target.atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`;
  const shown = `${median.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  console.log(`${isKept ? 'kept  ' : 'MISSED'}  ${what}: ${shown} (target ${bound})`);
}

const server = await startBenchServer();
const streamPort = await lastingPort();
const source = spawn(process.execPath, [
  new URL('stream-source.ts', import.meta.url).pathname,
  String(streamPort),
  String(STREAM_BYTES),
]);
await accepts(streamPort);
const [ours, theirs] = [await startPoolerProxy(), await startToxiproxy()];
const proxies: readonly BenchProxy[] = theirs ? [ours, theirs] : [ours];
const names = ['direct', ...proxies.map(({ name }) => name)];

console.log(machineLine());
console.log(
  `server ${server.name}; ${ROUNDS} rounds of ${REQUESTS} exchanges and of ${STREAM_BYTES / 2 ** 20} MiB\n`,
);
const latencyPorts = [
  server.port,
  ...(await Promise.all(proxies.map((proxy) => proxy.proxyTo(server.port)))),
];
const streamPorts = [streamPort, ...(await Promise.all(proxies.map((proxy) => proxy.proxyTo(streamPort))))];
const latencies = await rounds(latencyPorts, exchangeMicros);
const speeds = await rounds(streamPorts, megabytesPerSecond);
await Promise.all([...proxies.map((proxy) => proxy.stop()), server.stop(), end(source)]);

for (const [index, name] of names.entries()) {
  const [micros, speed] = [median(column(latencies, index)), median(column(speeds, index))];
  console.log(
    `${name.padEnd(18)} p50 ${micros.toFixed(1).padStart(6)} us   ${speed.toFixed(0).padStart(5)} MB/s`,
  );
}
console.log();
if (theirs) {
  const added = latencies.map(
    ([direct = 0, pooler = 0, toxiproxy = 0]) => (pooler - direct) / (toxiproxy - direct),
  );
  judge('added p50 over what Toxiproxy adds', added, { atMost: 1.5 });
  const shares = speeds.map(([, pooler = 0, toxiproxy = 0]) => pooler / toxiproxy);
  judge("throughput over Toxiproxy's", shares, { atLeast: 0.5 });
} else {
  console.log(
    'missing: toxiproxy-server, neither in the PATH nor in $POOLER_TOOLS_CACHE/bin; nothing to compare with',
  );
}
