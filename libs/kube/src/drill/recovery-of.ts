import { SteadyStretch } from '#libs/stats';
import type { VictimReport } from './victim-timeline.ts';

/** What one request says about a drill. Times are ms of the monotonic clock that the drill used too. */
export interface RequestMark {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Whether it failed or needed more than its first try. */
  readonly isAffected: boolean;
}

/** What the client lived through while a drill ran. */
export interface RequestSeries {
  /** In the order of their start. */
  readonly requests: readonly RequestMark[];
  /** When a policy reacted: a breaker moved, a pool cut or refused a connection. In order. */
  readonly reactionsAtMs: readonly number[];
}

/**
 * What a victim's end meant on the request clock. All times are ms of it; undefined means that it did not happen, never
 * zero. The resolution is the distance of two requests.
 */
export interface VictimRecovery {
  readonly uid: string;
  /** Start of the first affected request that was still running at the act or began after it. */
  readonly firstAffectedAtMs: number | undefined;
  /** The first reaction of a policy after the act. */
  readonly detectedAtMs: number | undefined;
  /** Start of the first request of the first steady stretch after the first affected one. */
  readonly recoveredAtMs: number | undefined;
  /** From the replacement being seen ready to `recoveredAtMs`; negative when the client had recovered before. */
  readonly recoveredAfterReadyMs: number | undefined;
}

/**
 * Joins the victims' times with the requests'. Steady is a stretch of at least `steadyMs` (of starts) without an
 * affected request; what was not observed that long does not count. Victims that were not taken away have no recovery.
 */
export function recoveryOf(
  victims: readonly VictimReport[],
  series: RequestSeries,
  steadyMs: number,
): readonly VictimRecovery[] {
  return victims.flatMap(({ uid, finding, replacement }) => {
    if (finding.kind !== 'accepted') return [];
    const { atMs } = finding;
    const since = series.requests.filter(({ endedAtMs }) => endedAtMs >= atMs);
    const firstAffected = since.findIndex(({ isAffected }) => isAffected);
    const recoveredAtMs = firstAffected === -1 ? undefined : steadyFrom(since.slice(firstAffected), steadyMs);
    const readyAtMs = replacement?.ready.seenAtMs;
    const isComparable = recoveredAtMs !== undefined && readyAtMs !== undefined;
    return {
      uid,
      firstAffectedAtMs: since[firstAffected]?.startedAtMs,
      detectedAtMs: series.reactionsAtMs.find((reactionAtMs) => reactionAtMs >= atMs),
      recoveredAtMs,
      recoveredAfterReadyMs: isComparable ? recoveredAtMs - readyAtMs : undefined,
    };
  });
}

function steadyFrom(requests: readonly RequestMark[], steadyMs: number): number | undefined {
  const stretch = new SteadyStretch(steadyMs);
  for (const { startedAtMs, isAffected } of requests) {
    const fromMs = stretch.add(startedAtMs, isAffected);
    if (fromMs !== undefined) return fromMs;
  }
  return undefined;
}
