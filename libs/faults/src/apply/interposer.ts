import type { Clock } from '#libs/kernel';
import type { Interposer } from '#libs/pool';
import type { Verdict } from '../verdict.ts';
import { BlackHoleTransport } from './black-hole-transport.ts';
import { DropTransport } from './drop-transport.ts';
import { LatencyTransport } from './latency-transport.ts';
import { ResetTransport } from './reset-transport.ts';

/**
 * What carries out a verdict on the wire of one exchange. `undefined` where there is nothing to do there: `status`
 * changes the response, `crash` is the work of a `CrashableConnector`.
 */
export function interposerFor(verdict: Verdict, clock: Clock): Interposer | undefined {
  switch (verdict.kind) {
    case 'latency':
      return { interpose: (inner) => new LatencyTransport(inner, verdict.delayMs, clock) };
    case 'timeout':
      return { interpose: (inner) => new BlackHoleTransport(inner) };
    case 'reset':
      return { interpose: (inner) => new ResetTransport(inner) };
    case 'drop':
      return { interpose: (inner) => new DropTransport(inner) };
    case 'pass':
    case 'status':
    case 'crash':
      break;
  }
  return undefined;
}
