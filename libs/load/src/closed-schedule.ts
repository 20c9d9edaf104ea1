import { invalidArgument, wholeOption } from '#libs/kernel';
import { Timeline, type PhaseOptions } from './timeline.ts';

const MAX_CONCURRENCY = 65_535;

/** The closed model: a fixed number of workers, each sending its next request when its last one is over. */
export interface ClosedOptions extends PhaseOptions {
  /** Workers, in every phase. Range 1 to 65,535. */
  readonly concurrency: number;
  /** Length of the stages in milliseconds, above 0; `Infinity` where `requests` ends them. */
  readonly durationMs: number;
  /** Requests from t = 0 on, from 1. Default `Infinity`: only time ends the load. */
  readonly requests?: number | undefined;
}

/** How much a closed load sends, and when it starts no more: at the end of its time or of its requests, whichever is first. */
export class ClosedSchedule {
  readonly timeline: Timeline;
  readonly concurrency: number;
  readonly requests: number;

  /** @throws PoolerError `PLR_INVALID_ARGUMENT` when an option is out of range, or nothing would end the load */
  constructor({ concurrency, durationMs, requests = Infinity, ...phases }: ClosedOptions) {
    this.concurrency = wholeOption('concurrency', concurrency, 1, MAX_CONCURRENCY);
    if (requests !== Infinity && (!Number.isSafeInteger(requests) || requests < 1))
      throw invalidArgument('requests', requests, 'a whole number from 1, or Infinity');
    if (!(durationMs > 0))
      throw invalidArgument('durationMs', durationMs, 'a number of milliseconds above 0, or Infinity');
    if (requests === Infinity && durationMs === Infinity)
      throw invalidArgument('durationMs', durationMs, 'finite where requests is not');
    this.requests = requests;
    this.timeline = new Timeline(durationMs, phases);
  }
}
