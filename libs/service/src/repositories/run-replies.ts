import type { SegmentPart } from '#libs/run';
import { LEVER_ORDER, type AbortOrder } from '../runs/abort-order.ts';
import { LostClaimError } from '../runs/lost-claim-error.ts';

/** What the segments of a run have come to. */
export interface SegmentsSight {
  readonly parts: readonly SegmentPart[];
  readonly ready: ReadonlySet<number>;
  readonly done: ReadonlySet<number>;
}

/** @throws LostClaimError */
export function checkClaim(reply: readonly unknown[], runId: string): void {
  if (reply[0] !== 'ok') throw new LostClaimError(runId);
}

export function orderOf(abort: unknown, lever: unknown): AbortOrder | undefined {
  if (typeof abort === 'string' && abort !== '') {
    const order: AbortOrder = JSON.parse(abort);
    return order;
  }
  return lever === 'engaged' ? LEVER_ORDER : undefined;
}

/** Reads the hash of the segments: `<segment>:ready`, `<segment>:done`, `<segment>:part:<epoch>`. */
export function segmentsOf(reply: unknown): SegmentsSight {
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
