import type { Abort } from '#libs/campaign';

/** An abort that somebody asked for. `graceful` awaits what is in flight, `now` cuts it. */
export interface AbortOrder extends Abort {
  readonly mode: 'graceful' | 'now';
}

/** The engaged lever is an order to every run. */
export const LEVER_ORDER: AbortOrder = { by: 'lever', reason: 'the safety lever is engaged', mode: 'now' };
