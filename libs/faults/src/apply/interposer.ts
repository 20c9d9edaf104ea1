import type { Clock } from '#libs/kernel';
import type { Interposer, Transport } from '#libs/pool';
import type { Verdict, WireVerdict } from '../verdict.ts';
import { BlackHoleTransport } from './black-hole-transport.ts';
import { CorruptTransport } from './corrupt-transport.ts';
import { CutTransport } from './cut-transport.ts';
import { DeadTransport } from './dead-transport.ts';
import { LatencyTransport } from './latency-transport.ts';
import { ResetTransport } from './reset-transport.ts';
import { SlowReadTransport } from './slow-read-transport.ts';
import { isDialVerdict } from './spoiled-connector.ts';

/**
 * What carries out a verdict on the wire of one exchange. `undefined` where there is nothing to do there: `status`
 * changes the response, `crash` and `alive-as-dead` are the work of a `CrashableConnector`, and what spoils a dial is that
 * of a `SpoiledConnector`.
 */
export function interposerFor(verdict: Verdict, clock: Clock): Interposer | undefined {
  const { kind } = verdict;
  const isElsewhere = kind === 'pass' || kind === 'status' || kind === 'crash' || kind === 'alive-as-dead';
  if (isElsewhere || isDialVerdict(verdict)) return undefined;
  return { interpose: (inner) => spoiled(inner, verdict, clock) };
}

function spoiled(inner: Transport, verdict: WireVerdict, clock: Clock): Transport {
  switch (verdict.kind) {
    case 'latency':
      return new LatencyTransport(inner, verdict.delayMs, clock);
    case 'write-stall':
      return new LatencyTransport(inner, verdict.delayMs, clock, 0.5);
    case 'slow-read':
      return new SlowReadTransport(inner, verdict.delayMs, clock);
    case 'timeout':
      return new BlackHoleTransport(inner);
    case 'reset':
      return new ResetTransport(inner);
    case 'drop':
      return new CutTransport(inner, 'in-first-piece', 'end');
    case 'dead-as-alive':
      return new DeadTransport(inner);
    case 'reset-head':
      return new CutTransport(inner, 'in-head', 'reset');
    case 'reset-body':
      return new CutTransport(inner, 'before-body', 'reset');
    case 'truncate':
      return new CutTransport(inner, 'in-body', 'end');
    case 'corrupt-head':
      return new CorruptTransport(inner, 'head');
    case 'corrupt-body':
      return new CorruptTransport(inner, 'body');
  }
}
