import { invalidArgument, invariant, numberOption } from '#libs/kernel';
import { Timeline, type PhaseOptions } from './timeline.ts';

const MAX_STAGES = 1000;
const MAX_PER_SECOND = 1_000_000;
const LONGEST_MS = 86_400_000;
/** So little of an arrival is an error of rounding and not an arrival. */
const ROUNDING = 1e-9;

/** A stretch of time in which the rate goes in a straight line from where it is to `targetPerSecond`. */
export interface RateStage {
  /** Range 1 to 86,400,000. */
  readonly durationMs: number;
  /** Range 0 to 1,000,000. */
  readonly targetPerSecond: number;
}

/** The open model: requests arrive at a rate, whether or not earlier ones are over. */
export interface ArrivalOptions extends PhaseOptions {
  /** One to 1000. */
  readonly stages: readonly RateStage[];
  /** The rate at t = 0 and in the baseline. Default: the target of the first stage, so that one stage is constant. */
  readonly startPerSecond?: number | undefined;
}

/** A stage with what came before it added up. */
interface Stretch {
  readonly startMs: number;
  readonly durationMs: number;
  readonly startPerSecond: number;
  readonly endPerSecond: number;
  /** Arrivals from t = 0 to its start and to its end, with fractions: the integral of the rate. */
  readonly arrivalsBefore: number;
  readonly arrivalsAfter: number;
}

/**
 * When each request of an open load shall start. Arrival n is due when the integral of the rate has come to n: so the
 * first one at t = 0, and no fraction is lost between stages or rounded on the way. Each moment is computed by itself,
 * in closed form, so nothing drifts, and any machine finds the same. k6's ramping-arrival-rate executor draws the same
 * curve.
 *
 * Arrivals count from 0 at t = 0 to the end of the recovery; those of the baseline come before and have negative numbers.
 */
export class ArrivalSchedule {
  readonly timeline: Timeline;
  /** The number of the first arrival, 0 without a baseline. */
  readonly firstSeq: number;
  /** The number after that of the last arrival: how many there are from t = 0 on. */
  readonly endSeq: number;
  readonly #startPerSecond: number;
  readonly #stretches: readonly Stretch[];

  /** @throws PoolerError `PLR_INVALID_ARGUMENT` when an option is out of range */
  constructor(options: ArrivalOptions) {
    const { stages } = options;
    if (stages.length < 1 || stages.length > MAX_STAGES)
      throw invalidArgument('stages', stages, `one to ${MAX_STAGES} stages`);
    const checked = stages.map(({ durationMs, targetPerSecond }, index) => ({
      durationMs: numberOption(`stages[${index}].durationMs`, durationMs, 1, LONGEST_MS),
      targetPerSecond: rateOption(`stages[${index}].targetPerSecond`, targetPerSecond),
    }));
    const firstTarget = checked[0]?.targetPerSecond ?? 0;
    const lastTarget = checked.at(-1)?.targetPerSecond ?? 0;
    this.#startPerSecond = rateOption('startPerSecond', options.startPerSecond ?? firstTarget);
    const stagesMs = checked.reduce((sumMs, { durationMs }) => sumMs + durationMs, 0);
    this.timeline = new Timeline(stagesMs, options);
    const { startMs, endMs } = this.timeline;
    const recovery = { durationMs: endMs - stagesMs, targetPerSecond: lastTarget };
    this.#stretches = stretchesOf([...checked, recovery], this.#startPerSecond);
    this.firstSeq = 0 - Math.floor((this.#startPerSecond * -startMs) / 1000 + ROUNDING);
    this.endSeq = Math.ceil((this.#stretches.at(-1)?.arrivalsAfter ?? 0) - ROUNDING);
  }

  /** When arrival `seq` is due: milliseconds from t = 0. Only for numbers from `firstSeq` to below `endSeq`. */
  offsetMs(seq: number): number {
    invariant(seq >= this.firstSeq && seq < this.endSeq, `there is no arrival ${seq} in the schedule`);
    if (seq < 0) return (seq * 1000) / this.#startPerSecond;
    // The last stretch that has begun by then and is not empty: while the rate is 0 nothing arrives.
    let low = 0;
    let high = this.#stretches.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#stretches[middle]?.arrivalsAfter ?? Infinity) > seq) high = middle;
      else low = middle + 1;
    }
    const stretch = this.#stretches[low];
    return stretch ? stretch.startMs + timeToArrive(stretch, seq - stretch.arrivalsBefore) : Infinity;
  }

  /** How many arrivals are due from t = 0 to before `untilMs`; so the number of the first one from then on. */
  count(untilMs: number): number {
    let low = 0;
    let high = this.endSeq;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetMs(middle) < untilMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function rateOption(field: string, value: number): number {
  return numberOption(field, value, 0, MAX_PER_SECOND);
}

function stretchesOf(stages: readonly RateStage[], startPerSecond: number): Stretch[] {
  let startMs = 0;
  let rate = startPerSecond;
  let arrivals = 0;
  return stages.map(({ durationMs, targetPerSecond }) => {
    const arrivalsAfter = arrivals + ((rate + targetPerSecond) * durationMs) / 2000;
    const stretch: Stretch = {
      startMs,
      durationMs,
      startPerSecond: rate,
      endPerSecond: targetPerSecond,
      arrivalsBefore: arrivals,
      arrivalsAfter,
    };
    startMs += durationMs;
    rate = targetPerSecond;
    arrivals = arrivalsAfter;
    return stretch;
  });
}

/**
 * Milliseconds from the start of a stretch until its integral comes to `arrivals`: the root of
 * `arrivals = (r·t + s·t²/2) / 1000` with the starting rate r and the slope s, in the form that loses no digits where s is
 * small or 0: t = 2a / (r + √(r² + 2·s·a)), a = 1000 · arrivals.
 */
function timeToArrive({ durationMs, startPerSecond, endPerSecond }: Stretch, arrivals: number): number {
  if (arrivals <= 0) return 0;
  const a = 1000 * arrivals;
  const slope = (endPerSecond - startPerSecond) / durationMs;
  // At the end of a ramp down to 0 it is 0, and rounding must not take it below.
  const discriminant = Math.max(0, startPerSecond ** 2 + 2 * slope * a);
  return Math.min(durationMs, (2 * a) / (startPerSecond + Math.sqrt(discriminant)));
}
