/** The queues: whole runs, shares of their load, and schedules that fire. */
export const RUN_QUEUE = 'run';
export const SEGMENT_QUEUE = 'segment';
export const SCHEDULE_QUEUE = 'schedule';
