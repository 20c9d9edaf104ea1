import type { Redis } from 'ioredis';
import type { Page, PageQuery, RunEvent } from '#libs/contracts';
import { isFinal, type RunState } from '#libs/campaign';
import type { SegmentPart } from '#libs/run';
import { Collection } from '../redis/collection.ts';
import { LEVER_ORDER, type AbortOrder } from '../runs/abort-order.ts';
import { LostClaimError } from '../runs/lost-claim-error.ts';
import type { RunRecord } from '../runs/run-record.ts';
import {
  ABORT_RUN,
  APPEND_EVENT,
  CLAIM_RUN,
  CLAIM_SEGMENT,
  CREATE_RUN,
  RENEW_RUN,
  RENEW_SEGMENT,
  SAVE_RUN,
  SET_T0,
} from './run-scripts.ts';

/** What a run takes of its target as long as it lasts. */
export interface Reservation {
  readonly ratePerSecond: number;
  /** Of its closed scenarios. */
  readonly concurrency: number;
  /** Whether it disturbs the target itself, not only its own requests. Two such runs exclude each other. */
  readonly disturbs: boolean;
  readonly maxRatePerSecond: number;
  readonly maxConcurrency: number;
}

export type Creation =
  | { readonly kind: 'created' }
  | { readonly kind: 'lever-engaged' | 'disturbs' | 'limit' }
  /** What running ones have reserved already. */
  | { readonly kind: 'rate' | 'concurrency'; readonly reserved: number };

/** A worker's right to write to a run. */
export interface Claim {
  readonly runId: string;
  readonly epoch: string;
}

export interface SegmentClaim extends Claim {
  readonly segment: number;
}

/** What the owner of a run finds when it looks. */
export interface RunSight {
  readonly abort: AbortOrder | undefined;
  readonly parts: readonly SegmentPart[];
  readonly ready: ReadonlySet<number>;
  readonly done: ReadonlySet<number>;
}

/** What the owner of a segment finds when it looks. */
export interface SegmentSight {
  /** Whether somebody still watches over the run. */
  readonly isWatched: boolean;
  readonly abort: AbortOrder | undefined;
  readonly t0Ms: number | undefined;
}

/** What the owner of a segment has to say. */
export interface SegmentNews {
  /** What it has counted so far. */
  readonly part?: SegmentPart | undefined;
  /** Nothing more will come. */
  readonly isDone?: boolean;
}

const MAX_ACTIVE_RUNS = 100;
/** A run whose owner has been silent for so long is not sent for any longer; a takeover comes well before. */
const RUN_LEASE_MS = 15_000;
const ACTIVE = 'active-runs';

/** The runs, and what those who work on them tell each other. */
export class Runs {
  readonly #redis: Redis;
  readonly #retentionMs: number;
  readonly #records: Collection<RunRecord>;

  constructor(redis: Redis, retentionMs: number) {
    this.#redis = redis;
    this.#retentionMs = retentionMs;
    this.#records = new Collection(redis, 'run', (json): RunRecord => JSON.parse(json));
  }

  async create(record: RunRecord, reservation: Reservation): Promise<Creation> {
    const [word, reserved] = await this.#run(
      CREATE_RUN,
      [
        this.#records.key(record.id),
        this.#records.indexKey,
        campaignIndexKey(record.campaignId),
        ACTIVE,
        'lever',
        reservedKey(record),
      ],
      [
        record.id,
        JSON.stringify(record),
        Number(record.dryRun),
        reservation.ratePerSecond,
        reservation.concurrency,
        Number(reservation.disturbs),
        reservation.maxRatePerSecond,
        reservation.maxConcurrency,
        MAX_ACTIVE_RUNS,
      ],
    );
    switch (word) {
      case 'lever_engaged':
        return { kind: 'lever-engaged' };
      case 'disturbs':
      case 'limit':
        return { kind: word };
      case 'rate':
      case 'concurrency':
        return { kind: word, reserved: Number(reserved) };
      default:
        return { kind: 'created' };
    }
  }

  get(id: string): Promise<RunRecord | undefined> {
    return this.#records.get(id);
  }

  list(page: PageQuery): Promise<Page<RunRecord>> {
    return this.#records.list(page);
  }

  listOfCampaign(campaignId: string, page: PageQuery): Promise<Page<RunRecord>> {
    return this.#records.list(page, campaignIndexKey(campaignId));
  }

  /** Ids of the runs that have not ended. */
  active(): Promise<string[]> {
    return this.#redis.smembers(ACTIVE);
  }

  async isActive(id: string): Promise<boolean> {
    return (await this.#redis.sismember(ACTIVE, id)) === 1;
  }

  /** Whether a run that has not ended sends to this target. */
  async isTargetBusy(targetId: string): Promise<boolean> {
    return (await this.#redis.hlen(`reserved:${targetId}`)) > 0;
  }

  /** Takes a run; from now on writes of an older owner are refused. Undefined when it is gone, or not `untouched`. */
  async claim(
    id: string,
    { untouched = false } = {},
  ): Promise<{ claim: Claim; record: RunRecord } | undefined> {
    const keys = [this.#records.key(id), epochKey(id), leaseKey(id)];
    const [word, epoch, json] = await this.#run(CLAIM_RUN, keys, [Number(untouched), RUN_LEASE_MS]);
    if (word !== 'ok') return undefined;
    const record: RunRecord = JSON.parse(String(json));
    return { claim: { runId: id, epoch: String(epoch) }, record };
  }

  /**
   * Writes the run with its new state, and the events that tell of it.
   * @throws LostClaimError when the claim is not the newest
   */
  async save({ runId, epoch }: Claim, record: RunRecord, atMs: number): Promise<void> {
    const { state } = record;
    const told: DataOf<'state'> = { atMs, state: state.kind, detail: detailOf(state) };
    const end: DataOf<'end'> | undefined = isFinal(state)
      ? { atMs, state: state.kind, verdict: record.report?.verdict ?? 'error' }
      : undefined;
    const keys = [
      this.#records.key(runId),
      epochKey(runId),
      leaseKey(runId),
      eventsKey(runId),
      ACTIVE,
      reservedKey(record),
      abortKey(runId),
      segmentsKey(runId),
      t0Key(runId),
    ];
    const reply = await this.#run(SAVE_RUN, keys, [
      runId,
      epoch,
      JSON.stringify(record),
      JSON.stringify(told),
      end ? JSON.stringify(end) : '',
      this.#retentionMs,
      RUN_LEASE_MS,
    ]);
    checkClaim(reply, runId);
  }

  /** Tells the world of something. @throws LostClaimError */
  async append({ runId, epoch }: Claim, event: RunEvent): Promise<void> {
    const keys = [epochKey(runId), eventsKey(runId)];
    const args = [runId, epoch, event.type, JSON.stringify(event.data)];
    checkClaim(await this.#run(APPEND_EVENT, keys, args), runId);
  }

  /** Keeps the claim, and looks. @throws LostClaimError */
  async renew({ runId, epoch }: Claim): Promise<RunSight> {
    const keys = [epochKey(runId), leaseKey(runId), abortKey(runId), 'lever', segmentsKey(runId)];
    const reply = await this.#run(RENEW_RUN, keys, [epoch, RUN_LEASE_MS]);
    checkClaim(reply, runId);
    const [, abort, lever, segments] = reply;
    return { abort: orderOf(abort, lever), ...segmentsOf(segments) };
  }

  /** t = 0, `leadMs` from now unless it is set already. @throws LostClaimError */
  async setT0({ runId, epoch }: Claim, leadMs: number): Promise<number> {
    const reply = await this.#run(SET_T0, [epochKey(runId), t0Key(runId)], [runId, epoch, leadMs]);
    checkClaim(reply, runId);
    return Number(reply[1]);
  }

  /** Orders an abort. False when the run has ended. */
  async abort(id: string, order: AbortOrder): Promise<boolean> {
    const args = [id, JSON.stringify(order), order.mode];
    const [word] = await this.#run(ABORT_RUN, [ACTIVE, abortKey(id)], args);
    return word === 'ok';
  }

  /** Takes a segment, with what its owners before have counted. Undefined when the run has ended. */
  async claimSegment(
    runId: string,
    segment: number,
  ): Promise<{ claim: SegmentClaim; parts: readonly SegmentPart[]; isDone: boolean } | undefined> {
    const [word, epoch, segments] = await this.#run(
      CLAIM_SEGMENT,
      [segmentsKey(runId), ACTIVE],
      [segment, runId],
    );
    if (word !== 'ok') return undefined;
    const { parts, done } = segmentsOf(segments);
    return {
      claim: { runId, segment, epoch: String(epoch) },
      parts: parts.filter((part) => part.segment === segment),
      isDone: done.has(segment),
    };
  }

  /** Keeps the claim on a segment, writes what it has counted, and looks. @throws LostClaimError */
  async renewSegment({ runId, segment, epoch }: SegmentClaim, news: SegmentNews = {}): Promise<SegmentSight> {
    const keys = [segmentsKey(runId), leaseKey(runId), abortKey(runId), 'lever', t0Key(runId)];
    const reply = await this.#run(RENEW_SEGMENT, keys, [
      runId,
      segment,
      epoch,
      news.part ? JSON.stringify(news.part) : '',
      Number(news.isDone ?? false),
    ]);
    checkClaim(reply, runId);
    const [, isWatched, abort, lever, t0] = reply;
    return {
      isWatched: isWatched === 1,
      abort: orderOf(abort, lever),
      t0Ms: t0 === '' ? undefined : Number(t0),
    };
  }

  async #run(
    script: typeof CREATE_RUN,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<readonly unknown[]> {
    const reply = await script.run(this.#redis, keys, args);
    return Array.isArray(reply) ? reply : [];
  }
}

export const eventsKey = (id: string): string => `run:${id}:events`;
const epochKey = (id: string): string => `run:${id}:epoch`;
const leaseKey = (id: string): string => `run:${id}:lease`;
const abortKey = (id: string): string => `run:${id}:abort`;
const segmentsKey = (id: string): string => `run:${id}:segments`;
const t0Key = (id: string): string => `run:${id}:t0`;
const campaignIndexKey = (id: string): string => `campaign:${id}:runs`;
const reservedKey = (record: RunRecord): string => `reserved:${record.target.id}`;

type DataOf<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>['data'];

/** What a state has to say for itself. */
function detailOf(state: RunState): string | undefined {
  if (state.kind === 'aborted') return `by ${state.abort.by}: ${state.abort.reason}`;
  return state.kind === 'errored' ? state.message : undefined;
}

function checkClaim(reply: readonly unknown[], runId: string): void {
  if (reply[0] !== 'ok') throw new LostClaimError(runId);
}

function orderOf(abort: unknown, lever: unknown): AbortOrder | undefined {
  if (typeof abort === 'string' && abort !== '') {
    const order: AbortOrder = JSON.parse(abort);
    return order;
  }
  return lever === 'engaged' ? LEVER_ORDER : undefined;
}

/** Reads the hash of the segments: `<segment>:ready`, `<segment>:done`, `<segment>:part:<epoch>`. */
function segmentsOf(reply: unknown): Omit<RunSight, 'abort'> {
  const parts: SegmentPart[] = [];
  const ready = new Set<number>();
  const done = new Set<number>();
  const flat: readonly unknown[] = Array.isArray(reply) ? reply : [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [segment, kind] = String(flat[i]).split(':');
    if (kind === 'ready') ready.add(Number(segment));
    if (kind === 'done') done.add(Number(segment));
    if (kind === 'part') parts.push(JSON.parse(String(flat[i + 1])));
  }
  return { parts, ready, done };
}
