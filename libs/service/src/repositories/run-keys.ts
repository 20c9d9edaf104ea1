import type { RunRecord } from '../runs/run-record.ts';

/** The ids of the runs that have not ended. */
export const ACTIVE = 'active-runs';
export const LEVER = 'lever';

export const eventsKey = (id: string): string => `run:${id}:events`;
export const epochKey = (id: string): string => `run:${id}:epoch`;
export const leaseKey = (id: string): string => `run:${id}:lease`;
export const abortKey = (id: string): string => `run:${id}:abort`;
export const actsKey = (id: string): string => `run:${id}:acts`;
export const t0Key = (id: string): string => `run:${id}:t0`;
export const segmentsKey = (id: string): string => `run:${id}:segments`;
export const segmentLeaseKey = (id: string, segment: number): string => `run:${id}:segment:${segment}:lease`;
export const campaignIndexKey = (id: string): string => `campaign:${id}:runs`;
export const reservedKey = ({ target }: RunRecord): string => `reserved:${target.id}`;
