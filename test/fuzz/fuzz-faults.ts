import type { FaultSource } from '#libs/client';
import { PASS, type Verdict } from '#libs/faults';
import type { Dice } from './dice.ts';

type Kind = Verdict['kind'];

const WEIGHTS: Readonly<Record<Kind, number>> = {
  pass: 85,
  latency: 3,
  timeout: 1,
  reset: 2,
  drop: 1,
  status: 2,
  crash: 0.5,
  'connect-refused': 0.5,
  'connect-slow': 0.5,
  dns: 0.3,
  tls: 0.3,
  'checkout-stall': 0.5,
  'dead-as-alive': 1,
  'alive-as-dead': 1,
  'write-stall': 1,
  'slow-read': 1,
  'reset-head': 1,
  'reset-body': 1,
  truncate: 1,
  'corrupt-head': 1,
  'corrupt-body': 1,
};

/** No answer can come of an attempt that meets one of these. */
export const FATAL: ReadonlySet<Kind> = new Set<Kind>([
  'timeout',
  'reset',
  'connect-refused',
  'dns',
  'tls',
  'dead-as-alive',
  'reset-head',
  'corrupt-head',
]);

/** The request is written some time after its connection was lent, or on a connection apart: others may overtake it. */
export const OVERTAKEN: ReadonlySet<Kind> = new Set<Kind>([
  'latency',
  'write-stall',
  'connect-slow',
  'checkout-stall',
]);

/** The answer ends early, or would have. */
export const CUTTING: ReadonlySet<Kind> = new Set<Kind>(['drop', 'reset-head', 'reset-body', 'truncate']);

/** What of the answer reaches the caller is not what was sent. */
export const SPOILING: ReadonlySet<Kind> = new Set<Kind>(['drop', 'truncate', 'corrupt-body']);

/** Draws the failures that the client makes itself, while there is to be trouble. */
export class FuzzFaults implements FaultSource {
  readonly asksConnections: boolean;
  isOn = false;
  readonly #dice: Dice;
  readonly #onVerdict: (requestSeq: number, verdict: Verdict) => void;

  /** @param onVerdict hears each verdict; one on a connection takes the place of the attempt's */
  constructor(dice: Dice, onVerdict: (requestSeq: number, verdict: Verdict) => void) {
    this.#dice = dice;
    this.#onVerdict = onVerdict;
    this.asksConnections = dice.hits(0.3);
  }

  decide(requestSeq: number): Verdict {
    const verdict = this.isOn ? this.#draw(this.#dice.weighted(WEIGHTS)) : PASS;
    this.#onVerdict(requestSeq, verdict);
    return verdict;
  }

  decideOnConnection(_connectionId: number, requestSeq: number): Verdict {
    const kind = this.#dice.weighted({ pass: 90, latency: 2, timeout: 1, reset: 1, 'slow-read': 1 });
    const verdict = this.isOn ? this.#draw(kind) : PASS;
    if (verdict.kind !== 'pass') this.#onVerdict(requestSeq, verdict);
    return verdict;
  }

  #draw(kind: Kind): Verdict {
    const dice = this.#dice;
    const faultId = kind;
    if (kind === 'pass') return PASS;
    if (kind === 'status') return { kind, faultId, statusCode: dice.pick([418, 500, 503]) };
    if (kind === 'crash') return { kind, faultId, durationMs: dice.whole(1, 200) };
    if (kind === 'slow-read') return { kind, faultId, delayMs: dice.whole(1, 10) };
    if (kind === 'latency' || kind === 'write-stall' || kind === 'connect-slow' || kind === 'checkout-stall')
      return { kind, faultId, delayMs: dice.whole(1, 150) };
    return { kind, faultId };
  }
}
