import { WAIT_MAX_MS } from './options.ts';

/** How a child of the supervisor ended, unordered. */
export interface Death {
  /** How long it had been listening, in ms; `undefined` when it never did. */
  readonly upForMs: number | undefined;
  /** The signal that ended it, if one did. */
  readonly signal: string | null;
}

export type AfterDeath =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly quickDeaths: number }
  | { readonly kind: 'give-up'; readonly quickDeaths: number };

/** A child that has listened for this long is not in a crash loop, in ms. */
const STEADY_AFTER_MS = 1_000;

/** Quick deaths in a row after which another start is not worth it. */
const QUICK_DEATHS_MAX = 5;

/**
 * What follows a death. A child that ends quickly, time after time, is started again after `restartDelayMs`, then two,
 * four and eight times as much (60 s at most), and at its fifth quick death in a row no more.
 *
 * SIGKILL of a child that listens never counts as quick: it comes from an experiment, which may kill as often as it
 * likes, and not from a fault of the child.
 *
 * @param quickDeaths how many quick deaths in a row came before this one.
 */
export function afterDeath(death: Death, quickDeaths: number, restartDelayMs: number): AfterDeath {
  if (!isQuick(death)) return { kind: 'restart', delayMs: restartDelayMs, quickDeaths: 0 };
  const inARow = quickDeaths + 1;
  if (inARow >= QUICK_DEATHS_MAX) return { kind: 'give-up', quickDeaths: inARow };
  const delayMs = Math.min(restartDelayMs * 2 ** quickDeaths, WAIT_MAX_MS);
  return { kind: 'restart', delayMs, quickDeaths: inARow };
}

function isQuick({ upForMs, signal }: Death): boolean {
  if (upForMs === undefined) return true;
  return signal !== 'SIGKILL' && upForMs < STEADY_AFTER_MS;
}
