import { createHash } from 'node:crypto';
import { FaultPlan, PASS, parseFaultSpec, type FaultRule, type Verdict } from '#libs/faults';
import { invariant } from '#libs/kernel';
import type { FaultSpec } from './campaign-spec.ts';

/**
 * Says which of the client's faults each attempt of one scenario meets. Without state: the verdict depends on the
 * campaign, the seed and the arguments, so that the plan, every segment and every repetition come to the same.
 *
 * It is asked for the requests of the stages only; those of baseline, recovery and canary meet no faults.
 */
export class ScenarioFaults {
  // A plan for each fault, since each has a window of its own. The draws do not depend on that.
  readonly #armed: readonly { readonly fault: FaultSpec; readonly plan: FaultPlan }[];

  /** @param faults those of a campaign that `checkCampaign` finds nothing wrong with */
  constructor(faults: readonly FaultSpec[], seed: number, scenario: string) {
    this.#armed = faults
      .filter(({ where }) => where === 'client')
      .map((fault) => ({ fault, plan: new FaultPlan([ruleOf(fault)], seed, scenario) }));
  }

  /**
   * @param requestSeq the request's number in its scenario, from 0 at t = 0
   * @param attempt from 1
   * @param startMs when the request starts, from t = 0: as intended in an open scenario, as it came in a closed one
   */
  decide(requestSeq: number, attempt: number, startMs: number): Verdict {
    for (const { fault, plan } of this.#armed) {
      if (!isInWindow(fault, requestSeq, startMs)) continue;
      const verdict = plan.decide(requestSeq, attempt);
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

function ruleOf({ id, type, magnitude, probability = 1, every, fromRequest = 0 }: FaultSpec): FaultRule {
  const [rule] = parseFaultSpec(magnitude === undefined ? type : `${type}=${magnitude}`);
  invariant(rule !== undefined, `the fault ${id} could not be read`);
  // A crash is one event, and not one for each request of its window.
  const isCounted = every !== undefined || type === 'crash';
  const when = isCounted
    ? ({ kind: 'count', first: fromRequest, every } as const)
    : ({ kind: 'chance', probability } as const);
  return { ...rule, id, when };
}
