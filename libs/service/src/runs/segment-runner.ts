import type { Clock } from '#libs/kernel';
import { SegmentRun } from '#libs/run';
import type { RedisTime } from '../redis/redis-time.ts';
import type { Signals } from '../redis/signals.ts';
import type { Runs } from '../repositories/runs.ts';
import type { SegmentClaim, SegmentClaiming, SegmentSight, Segments } from '../repositories/segments.ts';
import { Lease } from './lease.ts';
import { LostClaimError } from './lost-claim-error.ts';
import type { RunRecord } from './run-record.ts';
import { runOrder } from './run-order.ts';
import type { RunTools, RunWorld } from './run-world.ts';

/**
 * How long after its last sign of life in Redis a worker still sends. Redis keeps everybody else from the segment for 5 s
 * (`Segments`), and the next owner sends what was due within its last second (`MAX_CATCH_UP_MS`): 4 + 1 <= 5, and ours
 * count from before the sign was given. So nothing is sent by an owner after the next one has begun, even when its process
 * stood still and goes on, and no arrival is sent by both. With the right to send, the client's faults end: they live in
 * the requests of this process only.
 */
const LEASE_MS = 4_000;
const COUNT_MS = 1_000;
const LOOK_MS = 500;
/** How long a segment waits for t = 0 before its worker turns to something else; the run gives up first. */
const START_TIMEOUT_MS = 120_000;

export interface SegmentRunnerPorts {
  readonly runs: Pick<Runs, 'get'>;
  readonly segments: Segments;
  readonly signals: Signals;
  readonly world: RunWorld;
  readonly clock: Clock;
  readonly readTime: () => Promise<RedisTime>;
}

/** The segment is not done, and its job is to be tried again by whoever gets it. */
export class UnfinishedError extends Error {
  override readonly name = 'UnfinishedError';
}

/** Sends one share of a run's load, for as long as this worker owns it. */
export class SegmentRunner {
  readonly #ports: SegmentRunnerPorts;

  constructor(ports: SegmentRunnerPorts) {
    this.#ports = ports;
  }

  /**
   * Resolves when the segment is done, by us or by somebody else. Rejects when it is not and somebody must go on.
   * @param closing fires when this worker shuts down
   */
  async run(runId: string, segment: number, closing: AbortSignal): Promise<void> {
    const taken = await this.#take(runId, segment, closing);
    if (!taken) return;
    const { segments } = this.#ports;
    try {
      await this.#see(taken, closing);
      await segments.renew(taken.claim, { isDone: true });
    } catch (error) {
      if (!(error instanceof LostClaimError)) throw error;
    }
  }

  /** Takes the segment once nobody else can be at work on it; undefined when it is done. */
  async #take(runId: string, segment: number, closing: AbortSignal): Promise<Taken | undefined> {
    const { segments, signals } = this.#ports;
    while (!closing.aborted) {
      const claiming = await segments.claim(runId, segment);
      if (claiming.kind === 'over') return undefined;
      if (claiming.kind === 'claimed') return claiming;
      await signals.wait('control', runId, Math.min(claiming.forMs, LOOK_MS), closing);
    }
    throw new UnfinishedError(`segment ${segment} of ${runId} is still another's`);
  }

  async #see({ claim, parts }: Taken, closing: AbortSignal): Promise<void> {
    const { runs, world } = this.#ports;
    const t0Ms = await this.#awaitStart(claim, closing);
    const record = await runs.get(claim.runId);
    if (t0Ms === undefined || !record) return;
    const tools = await world.toolsFor(runOrder(record));
    try {
      const countedMs = parts.map((part) => part.untilMs);
      await this.#send(claim, { record, tools, t0Ms, countedMs }, closing);
    } finally {
      await tools.close();
    }
  }

  /** t = 0 by the clock of Redis; undefined when there is nothing to send. */
  async #awaitStart(claim: SegmentClaim, closing: AbortSignal): Promise<number | undefined> {
    const { segments, signals, clock } = this.#ports;
    const giveUpAtMs = clock.nowMs() + START_TIMEOUT_MS;
    while (clock.nowMs() < giveUpAtMs && !closing.aborted) {
      const { abort, t0Ms } = await segments.renew(claim);
      if (abort) return undefined;
      if (t0Ms !== undefined) return t0Ms;
      await signals.wait('control', claim.runId, LOOK_MS, closing);
    }
    await segments.release(claim);
    throw new UnfinishedError(`segment ${claim.segment} of ${claim.runId} waited in vain for its start`);
  }

  async #send(claim: SegmentClaim, work: Work, closing: AbortSignal): Promise<void> {
    const { segments, clock, readTime } = this.#ports;
    const { record, tools, t0Ms, countedMs } = work;
    const { spec, plan } = runOrder(record);
    const time = await readTime();
    const stop = new AbortController();
    const cut = new AbortController();
    // In this order: the lease counts from before the sign of life that it stands on.
    const lease = new Lease(clock, LEASE_MS, () => cut.abort());
    const controls = { stop: stop.signal, cut: cut.signal, maySend: () => lease.isHeld() };
    // What an earlier owner had counted stays counted; what was due since then and is not sent now is missed.
    const fromMs = Math.max(-plan.phases.baselineMs, ...countedMs);
    const order = { spec, plan, segment: claim.segment, t0AtMs: time.localMs(t0Ms), fromMs };
    const share = new SegmentRun(order, controls, tools.load, clock);
    try {
      await segments.renew(claim);
      await new Watch(this.#ports, claim, { share, lease, stop, cut, closing }).untilEnd();
    } finally {
      lease.giveBack();
      cut.abort();
    }
  }
}

type Taken = Extract<SegmentClaiming, { readonly kind: 'claimed' }>;

interface Work {
  readonly record: RunRecord;
  readonly tools: RunTools;
  readonly t0Ms: number;
  /** Up to where the owners before have counted. */
  readonly countedMs: readonly number[];
}

interface Watched {
  readonly share: SegmentRun;
  readonly lease: Lease;
  readonly stop: AbortController;
  readonly cut: AbortController;
  readonly closing: AbortSignal;
}

/** Looks after a share: writes what it has counted once a second, and stops it when it must. */
class Watch {
  readonly #ports: SegmentRunnerPorts;
  readonly #claim: SegmentClaim;
  readonly #watched: Watched;

  constructor(ports: SegmentRunnerPorts, claim: SegmentClaim, watched: Watched) {
    this.#ports = ports;
    this.#claim = claim;
    this.#watched = watched;
  }

  /** Resolves when the share has ended and its counts are written. */
  async untilEnd(): Promise<void> {
    const { share, lease, stop, closing } = this.#watched;
    const over = new AbortController();
    const ended = share.run().finally(() => over.abort());
    // Whoever awaits it hears of its failure below; until then it shall not count as unhandled.
    ended.catch(() => {});
    const onClosing = (): void => stop.abort();
    if (closing.aborted) onClosing();
    closing.addEventListener('abort', onClosing);
    try {
      await this.#lookUntil(over.signal);
    } finally {
      closing.removeEventListener('abort', onClosing);
    }
    await ended;
    if (!lease.isHeld()) throw new UnfinishedError(`the lease of ${this.#claim.runId} ran out`);
    const { abort } = await this.#write();
    if (!closing.aborted || abort) return;
    // All that was sent is counted, so the next owner need not wait for the end of the lease.
    await this.#ports.segments.release(this.#claim);
    throw new UnfinishedError('this worker shuts down');
  }

  async #lookUntil(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#ports.signals.wait('control', this.#claim.runId, COUNT_MS, over);
      if (!over.aborted) await this.#look();
    }
  }

  /** One renewal. A failure is none as long as the lease holds: the next may succeed. */
  async #look(): Promise<void> {
    const { lease, stop, cut } = this.#watched;
    const askedAtMs = this.#ports.clock.nowMs();
    let sight: SegmentSight;
    try {
      sight = await this.#write();
    } catch (error) {
      if (error instanceof LostClaimError || !lease.isHeld()) throw error;
      return;
    }
    lease.renewed(askedAtMs);
    if (!sight.isWatched) throw new UnfinishedError(`nobody watches over ${this.#claim.runId}`);
    if (sight.abort?.mode === 'now') cut.abort();
    else if (sight.abort) stop.abort();
  }

  #write(): Promise<SegmentSight> {
    const { segment, epoch } = this.#claim;
    const part = { ...this.#watched.share.count(), segment, epoch: Number(epoch) };
    return this.#ports.segments.renew(this.#claim, { part });
  }
}
