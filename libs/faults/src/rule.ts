import type { CrashMagnitude } from './fault/crash.ts';
import type { DelayMagnitude } from './fault/delay.ts';
import type { NoMagnitude } from './fault/fault.ts';
import type { StatusMagnitude } from './fault/status.ts';
import type { RequestMatch } from './faulted-request.ts';
import type { FaultScope } from './scope.ts';
import type { When } from './when.ts';

/** Every type of fault, with what its magnitude is made of. */
export interface Magnitudes {
  crash: CrashMagnitude;
  latency: DelayMagnitude;
  timeout: NoMagnitude;
  reset: NoMagnitude;
  drop: NoMagnitude;
  status: StatusMagnitude;
  'connect-refused': NoMagnitude;
  'connect-slow': DelayMagnitude;
  dns: NoMagnitude;
  tls: NoMagnitude;
  'checkout-stall': DelayMagnitude;
  'dead-as-alive': NoMagnitude;
  'alive-as-dead': NoMagnitude;
  'write-stall': DelayMagnitude;
  'reset-head': NoMagnitude;
  'reset-body': NoMagnitude;
  'slow-read': DelayMagnitude;
  truncate: NoMagnitude;
  'corrupt-head': NoMagnitude;
  'corrupt-body': NoMagnitude;
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
    /** Default `request`. */
    readonly scope?: FaultScope | undefined;
    /** Default: every request. */
    readonly match?: RequestMatch | undefined;
  };
}[Type];

/** One fault to inject: what, how hard, and when. Plain data. */
export type FaultRule = RuleOf<FaultType>;
