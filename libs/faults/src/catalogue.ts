import { aliveAsDead } from './fault/alive-as-dead.ts';
import { checkoutStall } from './fault/checkout-stall.ts';
import { connectRefused } from './fault/connect-refused.ts';
import { connectSlow } from './fault/connect-slow.ts';
import { corruptBody } from './fault/corrupt-body.ts';
import { corruptHead } from './fault/corrupt-head.ts';
import { crash } from './fault/crash.ts';
import { deadAsAlive } from './fault/dead-as-alive.ts';
import { dns } from './fault/dns.ts';
import { drop } from './fault/drop.ts';
import type { Fault } from './fault/fault.ts';
import { latency } from './fault/latency.ts';
import { resetBody } from './fault/reset-body.ts';
import { resetHead } from './fault/reset-head.ts';
import { reset } from './fault/reset.ts';
import { slowRead } from './fault/slow-read.ts';
import { status } from './fault/status.ts';
import { timeout } from './fault/timeout.ts';
import { tls } from './fault/tls.ts';
import { truncate } from './fault/truncate.ts';
import { writeStall } from './fault/write-stall.ts';
import type { FaultType, Magnitudes } from './rule.ts';

/** Every fault of the client, by the name of its type. The reference page is made of it. */
export const FAULTS: { readonly [Type in FaultType]: Fault<Magnitudes[Type]> } = {
  crash,
  latency,
  timeout,
  reset,
  drop,
  status,
  'connect-refused': connectRefused,
  'connect-slow': connectSlow,
  dns,
  tls,
  'checkout-stall': checkoutStall,
  'dead-as-alive': deadAsAlive,
  'alive-as-dead': aliveAsDead,
  'write-stall': writeStall,
  'reset-head': resetHead,
  'reset-body': resetBody,
  'slow-read': slowRead,
  truncate,
  'corrupt-head': corruptHead,
  'corrupt-body': corruptBody,
};

export const FAULT_TYPES = Object.keys(FAULTS).filter(isFaultType);

export function isFaultType(name: string): name is FaultType {
  return Object.hasOwn(FAULTS, name);
}
