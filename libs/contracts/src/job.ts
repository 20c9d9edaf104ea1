import { z } from 'zod';
import { resourceId } from './resource.ts';

/** Job of the queue `run`: see one run through, from its plan to its verdict. */
export const runJob = z.strictObject({ runId: resourceId('run') });

/** Job of the queue `segment`: send one share of a run's load. */
export const segmentJob = z.strictObject({ runId: resourceId('run'), segment: z.int().min(0) });

/** Job of the queue `schedule`: a schedule has fired. */
export const scheduleJob = z.strictObject({ scheduleId: resourceId('sch') });

export type RunJob = z.output<typeof runJob>;
export type SegmentJob = z.output<typeof segmentJob>;
export type ScheduleJob = z.output<typeof scheduleJob>;
