import { parseDurationMs } from '#libs/kernel';

/** What the magnitude of a fault of the target may be. The target itself has the last word. */
interface OuterMagnitude {
  readonly allowed: string;
  readonly isAllowed: (text: string) => boolean;
}

const NONE: OuterMagnitude = { allowed: 'left out', isAllowed: () => false };
const STATUS: OuterMagnitude = {
  allowed: 'a status code from 200 to 599',
  isAllowed: (text) => /^[2-5]\d\d$/.test(text),
};

function durationTo(max: string): OuterMagnitude {
  const maxMs = parseDurationMs(max) ?? 0;
  return {
    allowed: `a duration from 0ms to ${max}`,
    isAllowed: (text) => (parseDurationMs(text) ?? Infinity) <= maxMs,
  };
}

/** The faults of a target, carried out by its process or, for a crash, by its supervisor. */
export const TARGET_FAULT_MAGNITUDES = {
  latency: durationTo('60s'),
  status: STATUS,
  abort: NONE,
  'slow-body': durationTo('60s'),
  'wrong-length': NONE,
  'early-close': NONE,
  pause: durationTo('10s'),
  crash: NONE,
} as const satisfies Readonly<Record<string, OuterMagnitude>>;

export type TargetFaultType = keyof typeof TARGET_FAULT_MAGNITUDES;

export function isTargetFaultType(type: string): type is TargetFaultType {
  return Object.hasOwn(TARGET_FAULT_MAGNITUDES, type);
}

/** The toxics of the fault proxy, by Toxiproxy's names, and `down`, which is none: what each is drawn for. */
export const PROXY_FAULT_SCOPES = {
  down: undefined,
  latency: 'connection',
  bandwidth: 'connection',
  slow_close: 'connection',
  timeout: 'connection',
  reset_peer: 'connection',
  slicer: 'connection',
  limit_data: 'connection',
  http_latency: 'request',
  http_status: 'request',
  http_reset: 'request',
} as const;

export type ProxyFaultType = keyof typeof PROXY_FAULT_SCOPES;

export function isProxyFaultType(type: string): type is ProxyFaultType {
  return Object.hasOwn(PROXY_FAULT_SCOPES, type);
}
