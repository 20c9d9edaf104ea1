/**
 * Sends the request with number `seq`, which should have started at `intendedAtMs` on the load's clock, and resolves when
 * it is over, however it ended. What it throws is a bug.
 */
export type Send = (seq: number, intendedAtMs: number) => Promise<void>;
