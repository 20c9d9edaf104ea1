export {
  ATTRIBUTION_CELLS,
  CAUSES,
  OUTCOMES,
  causeOf,
  cellOf,
  isOrganicFailure,
  outcomeOf,
  type AttributionCell,
  type Cause,
  type Outcome,
} from './attribution.ts';
export { LatencyHistogram } from './latency-histogram.ts';
export { PhaseTally, type PhaseCounts, type PhaseSnapshot } from './phase-tally.ts';
export { sampleOf, type RequestSample } from './request-sample.ts';
export { RUN_PHASES, type RunPhase } from './run-phase.ts';
export { RunTally, type RunSnapshot } from './run-tally.ts';
export {
  SecondWindows,
  type SecondCounts,
  type SecondSnapshot,
  type Tenths,
  type WindowTally,
} from './second-windows.ts';
export { STEADY_MS, SteadyStretch } from './steady-stretch.ts';
