import type { Redis } from 'ioredis';
import type { SegmentPart } from '#libs/run';
import type { AbortOrder } from '../runs/abort-order.ts';
import { ACTIVE, LEVER, abortKey, leaseKey, segmentLeaseKey, segmentsKey, t0Key } from './run-keys.ts';
import { checkClaim, orderOf, segmentsOf } from './run-replies.ts';
import { CLAIM_SEGMENT, RELEASE_SEGMENT, RENEW_SEGMENT } from './run-scripts.ts';

/** A worker's right to send a segment and to write what it has counted. */
export interface SegmentClaim {
  readonly runId: string;
  readonly segment: number;
  readonly epoch: string;
}

/** How taking a segment went. */
export type SegmentClaiming =
  /** With what its owners before have counted. */
  | { readonly kind: 'claimed'; readonly claim: SegmentClaim; readonly parts: readonly SegmentPart[] }
  /** Its last owner may still send, for so long at most. */
  | { readonly kind: 'held'; readonly forMs: number }
  /** It is done, or the run has ended. */
  | { readonly kind: 'over' };

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

/**
 * How long nobody else gets a segment after its owner's last sign of life. The owner stops sending before: its own lease
 * is shorter, and counts from before it gave the sign (see `SegmentRunner`).
 */
const SEGMENT_LEASE_MS = 5_000;

/** The shares of the runs' load, and who may send them. */
export class Segments {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Takes a segment, unless its last owner may still be at work on it. */
  async claim(runId: string, segment: number): Promise<SegmentClaiming> {
    const keys = [segmentsKey(runId), ACTIVE, segmentLeaseKey(runId, segment)];
    const args = [segment, runId, SEGMENT_LEASE_MS];
    const [word, reply, segments] = await CLAIM_SEGMENT.words(this.#redis, keys, args);
    if (word === 'held') return { kind: 'held', forMs: Number(reply) };
    if (word !== 'ok') return { kind: 'over' };
    const claim = { runId, segment, epoch: String(reply) };
    const parts = segmentsOf(segments).parts.filter((part) => part.segment === segment);
    return { kind: 'claimed', claim, parts };
  }

  /** Keeps the claim, writes what was counted, and looks. @throws LostClaimError */
  async renew({ runId, segment, epoch }: SegmentClaim, news: SegmentNews = {}): Promise<SegmentSight> {
    const keys = [
      segmentsKey(runId),
      leaseKey(runId),
      abortKey(runId),
      LEVER,
      t0Key(runId),
      segmentLeaseKey(runId, segment),
    ];
    const reply = await RENEW_SEGMENT.words(this.#redis, keys, [
      runId,
      segment,
      epoch,
      news.part ? JSON.stringify(news.part) : '',
      Number(news.isDone ?? false),
      SEGMENT_LEASE_MS,
    ]);
    checkClaim(reply, runId);
    const [, isWatched, abort, lever, t0] = reply;
    return {
      isWatched: isWatched === 1,
      abort: orderOf(abort, lever),
      t0Ms: t0 === '' ? undefined : Number(t0),
    };
  }

  /** Gives the claim back, so that another owner may begin at once. */
  async release({ runId, segment, epoch }: SegmentClaim): Promise<void> {
    const keys = [segmentsKey(runId), segmentLeaseKey(runId, segment)];
    await RELEASE_SEGMENT.words(this.#redis, keys, [segment, epoch]);
  }
}
