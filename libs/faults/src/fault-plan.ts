import { invalidArgument } from '#libs/kernel';
import { FAULT_TYPES, FAULTS, isFaultType } from './catalogue.ts';
import { draw, drawKey, type DrawKey } from './draw.ts';
import {
  ALLOWED_MATCH,
  ANY_REQUEST,
  isMatchInRange,
  matches,
  type FaultedRequest,
} from './faulted-request.ts';
import type { FaultRule, FaultType, RuleOf } from './rule.ts';
import { allowedScope, type FaultScope } from './scope.ts';
import { PASS, type Verdict } from './verdict.ts';
import { ALLOWED_WHEN, isCounted, isWhenInRange, probabilityAt } from './when.ts';

/** A rule with the keys of its draws. */
interface Armed {
  readonly rule: FaultRule;
  readonly scope: FaultScope;
  readonly key: DrawKey;
  /** Where it is drawn for an origin, by that: a few. */
  readonly originKeys: Map<string, DrawKey>;
}

/**
 * Says which fault an attempt meets. It has no state and knows no time of its own: the verdict depends on the rules, the
 * seed, the scenario, the number of the request and of the attempt, and on what is said of the request. So the same run can
 * be had again, in any order and in any number of parts.
 */
export class FaultPlan {
  /** Whether rules are to be asked about connections: see `decideOnConnection`. */
  readonly asksConnections: boolean;
  readonly #armed: readonly Armed[];
  readonly #seed: number;
  readonly #scenario: string;

  /**
   * @param rules asked in their order; the first that strikes wins
   * @param seed an integer from 0 to 2^53 − 1
   * @param scenario tells apart the scenarios of one campaign, which draw differently
   * @throws PoolerError `PLR_INVALID_ARGUMENT` when the seed or a rule is out of range, or two rules share an id
   */
  constructor(rules: readonly FaultRule[], seed: number, scenario = '') {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw invalidArgument('seed', seed, `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
    }
    this.#seed = seed;
    this.#scenario = scenario;
    const ids = new Set<string>();
    this.#armed = rules.map((rule, index) => {
      checkRule(rule, `rules[${index}]`);
      if (ids.has(rule.id)) throw invalidArgument(`rules[${index}].id`, rule.id, 'unique');
      ids.add(rule.id);
      return {
        rule,
        scope: rule.scope ?? 'request',
        key: drawKey(seed, scenario, rule.id),
        originKeys: new Map(),
      };
    });
    this.asksConnections = this.#armed.some(({ scope }) => scope === 'connection');
  }

  /**
   * @param requestSeq the request's number in its scenario, from 0
   * @param attempt from 1; re-sends count
   * @param request what is known of it; without it, only rules that look at none of that can strike
   */
  decide(requestSeq: number, attempt: number, request: FaultedRequest = ANY_REQUEST): Verdict {
    for (const armed of this.#armed) {
      if (armed.scope === 'connection') continue;
      const isOfRequest = armed.scope === 'request';
      const key = isOfRequest ? armed.key : this.#originKey(armed, request.origin);
      // For an origin there is one draw, whatever is sent there.
      const verdict = isOfRequest
        ? verdictOf(armed.rule, key, requestSeq, requestSeq, attempt, request)
        : verdictOf(armed.rule, key, requestSeq, 0, 1, request);
      if (verdict) return verdict;
    }
    return PASS;
  }

  /**
   * What an attempt meets on the connection that it got, where `decide` let it pass.
   *
   * @param connectionId the connection's number in its pool, from 1
   */
  decideOnConnection(connectionId: number, requestSeq: number, request: FaultedRequest): Verdict {
    for (const { rule, scope, key } of this.#armed) {
      if (scope !== 'connection') continue;
      const verdict = verdictOf(rule, key, requestSeq, connectionId - 1, 1, request);
      if (verdict) return verdict;
    }
    return PASS;
  }

  #originKey({ rule, originKeys }: Armed, origin: string): DrawKey {
    const known = originKeys.get(origin);
    if (known) return known;
    const key = drawKey(this.#seed, this.#scenario, JSON.stringify([rule.id, origin]));
    originKeys.set(origin, key);
    return key;
  }
}

function checkRule<Type extends FaultType>(rule: RuleOf<Type>, field: string): void {
  const { type, magnitude, when, scope = 'request', match = {} } = rule;
  if (!isFaultType(type)) {
    throw invalidArgument(`${field}.type`, type, `one of ${FAULT_TYPES.join(', ')}`);
  }
  const fault = FAULTS[rule.type];
  if (!fault.isInRange(magnitude)) throw invalidArgument(`${field}.magnitude`, magnitude, fault.allowed);
  if (!isWhenInRange(when)) throw invalidArgument(`${field}.when`, when, ALLOWED_WHEN[when.kind]);
  const allowed = allowedScope(scope, type, when);
  if (allowed !== undefined) throw invalidArgument(`${field}.scope`, scope, allowed);
  if (!isMatchInRange(match)) throw invalidArgument(`${field}.match`, match, ALLOWED_MATCH);
}

/**
 * @param requestSeq places the request in windows
 * @param number of the request, or of what the fault is drawn for instead
 */
function verdictOf<Type extends FaultType>(
  rule: RuleOf<Type>,
  key: DrawKey,
  requestSeq: number,
  number: number,
  attempt: number,
  request: FaultedRequest,
): Verdict | undefined {
  const { when, match } = rule;
  if (match !== undefined && !matches(match, request)) return undefined;
  if (when.kind === 'count') {
    if (!isCounted(when, number, attempt)) return undefined;
  } else {
    const probability = probabilityAt(when, requestSeq, request.startMs);
    if (probability === 0 || draw(key, number, attempt, 'chance') >= probability) return undefined;
  }
  return FAULTS[rule.type].decide(rule.id, rule.magnitude, draw(key, number, attempt, 'magnitude'));
}
