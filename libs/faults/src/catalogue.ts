import { crash } from './fault/crash.ts';
import { drop } from './fault/drop.ts';
import type { Fault } from './fault/fault.ts';
import { latency } from './fault/latency.ts';
import { reset } from './fault/reset.ts';
import { status } from './fault/status.ts';
import { timeout } from './fault/timeout.ts';
import type { FaultType, Magnitudes } from './rule.ts';

/** Every fault, by the name of its type. The reference page is made of it. */
export const FAULTS: { readonly [Type in FaultType]: Fault<Magnitudes[Type]> } = {
  crash,
  latency,
  timeout,
  reset,
  drop,
  status,
};

export const FAULT_TYPES = Object.keys(FAULTS).filter(isFaultType);

export function isFaultType(name: string): name is FaultType {
  return Object.hasOwn(FAULTS, name);
}
