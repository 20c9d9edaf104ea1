import { createHash } from 'node:crypto';
import {
  FaultPlan,
  PASS,
  parseFaultSpec,
  type FaultRule,
  type FaultedRequest,
  type Verdict,
  type When,
} from '#libs/faults';
import { invariant } from '#libs/kernel';
import type { FaultSpec, RequestSpec } from './campaign-spec.ts';

/** What the faults of a scenario may know of it. */
export interface FaultedScenario {
  readonly name: string;
  readonly request: Pick<RequestSpec, 'method' | 'path'>;
  /** The target by its name, which stays the same wherever it lies. */
  readonly target: string;
}

/**
 * Says which of the client's faults each attempt of one scenario meets. Without state: the verdict depends on the
 * campaign, the seed and the arguments, so that the plan, every segment and every repetition come to the same.
 *
 * It is asked for the requests of the stages only; those of baseline, recovery and canary meet no faults.
 */
export class ScenarioFaults {
  // A plan for each fault, since each has a window of its own. The draws do not depend on that.
  readonly #armed: readonly { readonly fault: FaultSpec; readonly plan: FaultPlan }[];
  readonly #request: Omit<FaultedRequest, 'startMs'>;

  /** @param faults those of a campaign that `checkCampaign` finds nothing wrong with */
  constructor(faults: readonly FaultSpec[], seed: number, { name, request, target }: FaultedScenario) {
    this.#request = { method: request.method, path: request.path, origin: target };
    this.#armed = faults
      .filter(({ where }) => where === 'client')
      .map((fault) => ({ fault, plan: new FaultPlan([ruleOf(fault)], seed, name) }));
  }

  /** Whether some are drawn for connections: see `decideOnConnection`. */
  get asksConnections(): boolean {
    return this.#armed.some(({ plan }) => plan.asksConnections);
  }

  /**
   * @param requestSeq the request's number in its scenario, from 0 at t = 0
   * @param attempt from 1
   * @param startMs when the request starts, from t = 0: as intended in an open scenario, as it came in a closed one
   */
  decide(requestSeq: number, attempt: number, startMs: number): Verdict {
    return this.#first(requestSeq, startMs, (plan, request) => plan.decide(requestSeq, attempt, request));
  }

  /** @param connectionId counts the connections of the segment's client, from 1 */
  decideOnConnection(connectionId: number, requestSeq: number, startMs: number): Verdict {
    return this.#first(requestSeq, startMs, (plan, request) =>
      plan.decideOnConnection(connectionId, requestSeq, request),
    );
  }

  #first(
    requestSeq: number,
    startMs: number,
    decide: (plan: FaultPlan, request: FaultedRequest) => Verdict,
  ): Verdict {
    let request: FaultedRequest | undefined;
    for (const { fault, plan } of this.#armed) {
      if (!isInWindow(fault, requestSeq, startMs)) continue;
      request ??= { ...this.#request, startMs };
      const verdict = decide(plan, request);
      if (verdict.kind !== 'pass') return verdict;
    }
    return PASS;
  }
}

/** The digest of a campaign's run: of the digests of its scenarios, in the order of the document. 16 hexadecimal digits. */
export function runDigest(scenarios: Iterable<{ readonly name: string; readonly digest: string }>): string {
  const hash = createHash('sha256');
  for (const { name, digest } of scenarios) hash.update(`${JSON.stringify([name, digest])}\n`);
  return hash.digest('hex').slice(0, 16);
}

/** Whether the fault's window is a time other than all of the stages. */
export function isTimed({ startMs = 0, durationMs }: FaultSpec): boolean {
  return startMs > 0 || durationMs !== undefined;
}

function isInWindow(fault: FaultSpec, requestSeq: number, startMs: number): boolean {
  const { fromRequest = 0, requests = Infinity, startMs: opensMs = 0, durationMs = Infinity } = fault;
  return (
    requestSeq >= fromRequest &&
    requestSeq < fromRequest + requests &&
    startMs >= opensMs &&
    startMs < opensMs + durationMs
  );
}

function ruleOf(fault: FaultSpec): FaultRule {
  const { id, type, magnitude, scope, match } = fault;
  const [rule] = parseFaultSpec(magnitude === undefined ? type : `${type}=${magnitude}`);
  invariant(rule !== undefined, `the fault ${id} could not be read`);
  return { ...rule, id, when: whenOf(fault), scope, match };
}

/** How a fault strikes inside of its window. */
export function whenOf(fault: FaultSpec): When {
  const { type, probability = 1, rampTo, every, burst, fromRequest = 0, requests, durationMs } = fault;
  // A crash is one event, and not one for each request of its window.
  if (every !== undefined || burst !== undefined || type === 'crash') {
    return { kind: 'count', first: fromRequest, length: burst, every };
  }
  if (rampTo === undefined) return { kind: 'chance', probability };
  const over = isTimed(fault)
    ? ({ unit: 'ms', from: fault.startMs ?? 0, length: durationMs ?? Infinity } as const)
    : ({ unit: 'requests', from: fromRequest, length: requests ?? Infinity } as const);
  return { kind: 'ramp', from: probability, to: rampTo, over };
}
