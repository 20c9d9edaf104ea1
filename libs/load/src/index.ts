export { ArrivalSchedule, type ArrivalOptions, type RateStage } from './arrival-schedule.ts';
export { ClosedSchedule, type ClosedOptions } from './closed-schedule.ts';
export { WHOLE, firstSeqOf, shareOf, type Segment } from './segment.ts';
export { Timeline, type PhaseOptions } from './timeline.ts';
