import { setTimeout as wait } from 'node:timers/promises';
import { Client } from '#libs/client';
import { PoolerError } from '#libs/kernel';
import { channels } from '#libs/records';
import { StormTarget } from './storm-target.ts';

export interface RestartStormOptions {
  readonly restarts: number;
  readonly requestsPerSecond: number;
  /** How long the target is up between two kills. */
  readonly upMs: number;
  /** How long a killed target stays away; the start of its process comes on top. */
  readonly outageMs: number;
  readonly deadlineMs: number;
}

/** Requests of one method. */
export interface StormTally {
  sent: number;
  ok: number;
  /** By error code or status. */
  readonly failed: Map<string, number>;
}

export interface RestartStormResult {
  readonly gets: StormTally;
  readonly posts: StormTally;
  /** From each kill to the moment the target listened again. */
  readonly outagesMs: readonly number[];
  /** How many times each POST arrived at the target, by its id. */
  readonly postArrivals: ReadonlyMap<string, number>;
  /** Ids of the POSTs that succeeded. */
  readonly postsOk: readonly string[];
  /** POSTs that were attempted again after an attempt that had written bytes. */
  readonly postsResentAfterWrite: number;
  /** Attempts beyond the first, of all requests. */
  readonly furtherAttempts: number;
}

/** One request in this many is a POST without a key. */
const POST_EVERY = 5;

/**
 * Kills the supervised target with SIGKILL, again and again, while requests arrive at a fixed rate whether or not earlier
 * ones have been answered. What arrived is counted by the target itself, in a journal that outlives it.
 */
export async function runRestartStorm(options: RestartStormOptions): Promise<RestartStormResult> {
  const target = await StormTarget.start({ restartDelayMs: options.outageMs });
  const client = new Client({
    retry: { attempts: 10 },
    attemptTimeoutMs: 1_000,
    deadlineMs: options.deadlineMs,
  });
  let [postsResentAfterWrite, furtherAttempts] = [0, 0];
  const unsubscribe = channels.request.subscribe(({ method, attempts }) => {
    furtherAttempts += attempts.length - 1;
    const isResent = attempts.slice(0, -1).some(({ requestBytesWritten }) => requestBytesWritten > 0);
    if (method === 'POST' && isResent) postsResentAfterWrite += 1;
  });
  const gets: StormTally = { sent: 0, ok: 0, failed: new Map() };
  const posts: StormTally = { sent: 0, ok: 0, failed: new Map() };
  const postsOk: string[] = [];

  const send = async (seq: number): Promise<void> => {
    const isPost = seq % POST_EVERY === 0;
    const tally = isPost ? posts : gets;
    tally.sent += 1;
    let failure: string | undefined;
    try {
      // A few milliseconds at the target, so that a kill finds requests in flight.
      const { statusCode, body } = await client.request(`${target.origin}/delay/10`, {
        method: isPost ? 'POST' : 'GET',
        body: isPost ? 'paid once' : undefined,
        headers: { 'x-id': String(seq) },
        awaitBody: true,
        waitForPermit: true,
      });
      await body.dump();
      if (statusCode !== 200) failure = String(statusCode);
    } catch (error) {
      failure = error instanceof PoolerError ? error.code : String(error);
    }
    if (failure !== undefined) tally.failed.set(failure, (tally.failed.get(failure) ?? 0) + 1);
    else {
      tally.ok += 1;
      if (isPost) postsOk.push(String(seq));
    }
  };

  const pending = new Set<Promise<void>>();
  const beganAtMs = performance.now();
  let seq = 0;
  const arrivals = setInterval(() => {
    const due = ((performance.now() - beganAtMs) / 1_000) * options.requestsPerSecond;
    for (; seq < due; seq += 1) {
      const request = send(seq).finally(() => pending.delete(request));
      pending.add(request);
    }
  }, 5);

  const outagesMs: number[] = [];
  try {
    for (let restart = 0; restart < options.restarts; restart += 1) {
      await wait(options.upMs);
      const killedAtMs = performance.now();
      await target.crash(options.outageMs);
      outagesMs.push(performance.now() - killedAtMs);
    }
    clearInterval(arrivals);
    await Promise.all(pending);
    return {
      gets,
      posts,
      outagesMs,
      postArrivals: arrivalsOf('POST', target.journal),
      postsOk,
      postsResentAfterWrite,
      furtherAttempts,
    };
  } finally {
    clearInterval(arrivals);
    unsubscribe();
    await client.destroy();
    await target.stop();
  }
}

function arrivalsOf(method: string, journal: string): Map<string, number> {
  const arrivals = new Map<string, number>();
  for (const line of journal.split('\n')) {
    const [lineMethod, id] = line.split(' ');
    if (lineMethod === method && id !== undefined) arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
  }
  return arrivals;
}
