import { bandwidth } from './bandwidth.ts';
import type { ToxicType } from './define-toxic.ts';
import { httpLatency } from './http-latency.ts';
import { httpReset } from './http-reset.ts';
import { httpStatus } from './http-status.ts';
import { latency } from './latency.ts';
import { limitData } from './limit-data.ts';
import { noop } from './noop.ts';
import { resetPeer } from './reset-peer.ts';
import { slicer } from './slicer.ts';
import { slowClose } from './slow-close.ts';
import { timeout } from './timeout.ts';

/** Every toxic, by the name of its type on the wire. The reference page is made of it. */
export const TOXIC_TYPES: Readonly<Record<string, ToxicType>> = {
  latency,
  bandwidth,
  slow_close: slowClose,
  timeout,
  reset_peer: resetPeer,
  slicer,
  limit_data: limitData,
  noop,
  http_latency: httpLatency,
  http_status: httpStatus,
  http_reset: httpReset,
};

/** `undefined` for a type that does not exist, also for one that every object has, such as `constructor`. */
export function toxicType(name: string): ToxicType | undefined {
  return Object.hasOwn(TOXIC_TYPES, name) ? TOXIC_TYPES[name] : undefined;
}
