import type { CrashMagnitude } from './fault/crash.ts';
import type { NoMagnitude } from './fault/fault.ts';
import type { LatencyMagnitude } from './fault/latency.ts';
import type { StatusMagnitude } from './fault/status.ts';
import type { When } from './when.ts';

/** Every type of fault, with what its magnitude is made of. */
export interface Magnitudes {
  crash: CrashMagnitude;
  latency: LatencyMagnitude;
  timeout: NoMagnitude;
  reset: NoMagnitude;
  drop: NoMagnitude;
  status: StatusMagnitude;
}

export type FaultType = keyof Magnitudes;

/** A rule of one type. Generic, so that the compiler sees that a rule and the fault of its type belong together. */
export type RuleOf<Type extends FaultType> = {
  readonly [T in Type]: {
    /** Its name in records and reports, unique in a plan. Its draws depend on it. */
    readonly id: string;
    readonly type: T;
    readonly magnitude: Magnitudes[T];
    readonly when: When;
  };
}[Type];

/** One fault to inject: what, how hard, and when. Plain data. */
export type FaultRule = RuleOf<FaultType>;
