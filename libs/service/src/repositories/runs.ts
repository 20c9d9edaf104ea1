import type { Redis } from 'ioredis';
import type { Page, PageQuery, RunEvent } from '#libs/contracts';
import { isFinal, type RunState } from '#libs/campaign';
import { Collection } from '../redis/collection.ts';
import type { AbortOrder } from '../runs/abort-order.ts';
import type { RunRecord } from '../runs/run-record.ts';
import {
  ACTIVE,
  LEVER,
  abortKey,
  actsKey,
  campaignIndexKey,
  epochKey,
  eventsKey,
  leaseKey,
  reservedKey,
  segmentsKey,
  t0Key,
} from './run-keys.ts';
import { checkClaim, orderOf, segmentsOf, type SegmentsSight } from './run-replies.ts';
import {
  ABORT_RUN,
  APPEND_EVENT,
  CLAIM_RUN,
  CREATE_RUN,
  NOTE_ACT,
  RENEW_RUN,
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

/** How far something that is done to the target has come. */
export type ActStage = 'begun' | 'done';

/** What the owner of a run finds when it looks. */
export interface RunSight extends SegmentsSight {
  readonly abort: AbortOrder | undefined;
}

const MAX_ACTIVE_RUNS = 100;
/** A run whose owner has been silent for so long is not sent for any longer; a takeover comes well before. */
const RUN_LEASE_MS = 15_000;

/** The runs, and what those who work on them tell each other. */
export class Runs {
  readonly #redis: Redis;
  readonly #retentionMs: number;
  readonly #records: Collection<RunRecord>;

  constructor(redis: Redis, retentionMs: number) {
    this.#redis = redis;
    this.#retentionMs = retentionMs;
    this.#records = new Collection(redis, 'run', 'run', (json): RunRecord => JSON.parse(json));
  }

  async create(record: RunRecord, reservation: Reservation): Promise<Creation> {
    const [word, reserved] = await this.#run(
      CREATE_RUN,
      [
        this.#records.key(record.id),
        this.#records.indexKey,
        campaignIndexKey(record.campaignId),
        ACTIVE,
        LEVER,
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
      actsKey(runId),
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
    const keys = [epochKey(runId), leaseKey(runId), abortKey(runId), LEVER, segmentsKey(runId)];
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

  /** Notes that an act on the target begins, and shows how far it had come before. @throws LostClaimError */
  async beginAct({ runId, epoch }: Claim, act: string): Promise<ActStage | undefined> {
    const reply = await this.#run(NOTE_ACT, [epochKey(runId), actsKey(runId)], [epoch, act, 'begun']);
    checkClaim(reply, runId);
    return reply[1] === 'begun' || reply[1] === 'done' ? reply[1] : undefined;
  }

  /** Notes that an act is done. @throws LostClaimError */
  async endAct({ runId, epoch }: Claim, act: string): Promise<void> {
    const reply = await this.#run(NOTE_ACT, [epochKey(runId), actsKey(runId)], [epoch, act, 'done']);
    checkClaim(reply, runId);
  }

  /** The acts that are done. */
  async actsDone(runId: string): Promise<ReadonlySet<string>> {
    const stages = Object.entries(await this.#redis.hgetall(actsKey(runId)));
    return new Set(stages.flatMap(([act, stage]) => (stage === 'done' ? [act] : [])));
  }

  /** Orders an abort. False when the run has ended. */
  async abort(id: string, order: AbortOrder): Promise<boolean> {
    const args = [id, JSON.stringify(order), order.mode];
    const [word] = await this.#run(ABORT_RUN, [ACTIVE, abortKey(id)], args);
    return word === 'ok';
  }

  #run(
    script: typeof CREATE_RUN,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<readonly unknown[]> {
    return script.words(this.#redis, keys, args);
  }
}

type DataOf<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>['data'];

/** What a state has to say for itself. */
function detailOf(state: RunState): string | undefined {
  if (state.kind === 'aborted') return `by ${state.abort.by}: ${state.abort.reason}`;
  return state.kind === 'errored' ? state.message : undefined;
}
