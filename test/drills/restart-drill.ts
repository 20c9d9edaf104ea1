import { Client } from '#libs/client';
import { channels } from '#libs/records';
import { lastingPort } from '../fixtures/lasting-ports.ts';
import { Standby } from './standby.ts';

export interface RestartDrillOptions {
  readonly kills: number;
  readonly outageMs: number;
  readonly concurrency: number;
}

export interface RestartDrillResult {
  readonly sent: number;
  readonly ok: number;
  /** Errors and error statuses by code. */
  readonly failed: ReadonlyMap<string, number>;
  /** How many records each request left, by how many requests: `1` is the only key when all is well. */
  readonly recordsPerRequest: ReadonlyMap<number, number>;
  /** Answers that belonged to another request. */
  readonly foreign: number;
  /** From the server's `listening` to the first success after it, one for each kill. */
  readonly recoveriesMs: readonly number[];
}

function epochNowMs(): number {
  return performance.timeOrigin + performance.now();
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/**
 * Kills a server with SIGKILL and brings it back, again and again, under closed-loop GET load. The new server process is
 * already up when the old one dies, so that the outage is as long as it is said to be.
 */
export async function runRestartDrill(options: RestartDrillOptions): Promise<RestartDrillResult> {
  let server = await Standby.start();
  const port = await lastingPort();
  await server.listen(port);
  const client = new Client({
    pool: { maxConnections: options.concurrency },
    attemptTimeoutMs: 1_000,
    deadlineMs: 10_000,
  });
  const records = new Map<number, number>();
  const unsubscribe = channels.request.subscribe(({ requestSeq }) => count(records, requestSeq));
  const failed = new Map<string, number>();
  let [sent, ok, foreign] = [0, 0, 0];
  let isOver = false;
  let onSuccess = (_atMs: number): void => {};

  const worker = async (): Promise<void> => {
    while (!isOver) {
      sent += 1;
      const id = `r${sent}`;
      try {
        const response = await client.request(`http://127.0.0.1:${port}/`, {
          headers: { 'x-id': id },
          awaitBody: true,
          waitForPermit: true,
        });
        const text = await response.body.text();
        if (text === id) ok += 1;
        else foreign += 1;
        onSuccess(epochNowMs());
      } catch (error) {
        count(failed, error instanceof Error && 'code' in error ? String(error.code) : String(error));
      }
    }
  };
  const successAfter = async (atMs: number): Promise<number> =>
    new Promise((resolve) => {
      onSuccess = (nowMs) => {
        if (nowMs >= atMs) resolve(nowMs);
      };
    });

  const recoveriesMs: number[] = [];
  const workers = Array.from({ length: options.concurrency }, worker);
  for (let kill = 0; kill < options.kills; kill += 1) {
    const next = await Standby.start();
    await successAfter(epochNowMs());
    await server.kill();
    await new Promise((resolve) => {
      setTimeout(resolve, options.outageMs);
    });
    let firstOkAtMs = 0;
    onSuccess = (nowMs) => {
      firstOkAtMs ||= nowMs;
    };
    const { atMs } = await next.listen(port);
    // The news of the server may come after the first answer: they travel on different wires.
    firstOkAtMs ||= await successAfter(atMs);
    recoveriesMs.push(Math.max(0, firstOkAtMs - atMs));
    server = next;
  }
  isOver = true;
  await Promise.all(workers);
  await client.close();
  unsubscribe();
  await server.kill();
  const recordsPerRequest = new Map<number, number>();
  for (const times of records.values()) count(recordsPerRequest, times);
  return { sent, ok, failed, recordsPerRequest, foreign, recoveriesMs };
}

/** The value below which a share `q` of the sorted values lies (nearest rank). */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
