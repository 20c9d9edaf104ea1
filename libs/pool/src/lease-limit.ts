/**
 * How many connections of a pool may be lent at once, where that changes as it goes and `maxConnections` only bounds it.
 * Requests beyond wait in the queue like any other.
 */
export interface LeaseLimit {
  /** From 1. Asked before each lease; who raises it tells the pool. */
  readonly limit: number;
}
