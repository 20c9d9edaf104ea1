import { invalidArgument } from '#libs/kernel';
import { FAULT_TYPES, FAULTS, isFaultType } from './catalogue.ts';
import { draw, drawKey, type DrawKey } from './draw.ts';
import type { FaultRule, FaultType, RuleOf } from './rule.ts';
import { PASS, type Verdict } from './verdict.ts';
import { ALLOWED_WHEN, isWhenInRange, strikes } from './when.ts';

/**
 * Says which fault an attempt meets. It has no state and knows no time: the verdict depends on the rules, the seed, the
 * scenario, the number of the request and the number of the attempt, and on nothing else. So the same run can be had
 * again, in any order and in any number of parts.
 */
export class FaultPlan {
  readonly #armed: readonly { readonly rule: FaultRule; readonly key: DrawKey }[];

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
    const ids = new Set<string>();
    this.#armed = rules.map((rule, index) => {
      checkRule(rule, `rules[${index}]`);
      if (ids.has(rule.id)) throw invalidArgument(`rules[${index}].id`, rule.id, 'unique');
      ids.add(rule.id);
      return { rule, key: drawKey(seed, scenario, rule.id) };
    });
  }

  /**
   * @param requestSeq the request's number in its scenario, from 0
   * @param attempt from 1; re-sends count
   */
  decide(requestSeq: number, attempt: number): Verdict {
    for (const { rule, key } of this.#armed) {
      if (strikes(rule.when, key, requestSeq, attempt)) {
        return verdictOf(rule, draw(key, requestSeq, attempt, 'magnitude'));
      }
    }
    return PASS;
  }
}

function checkRule<Type extends FaultType>(rule: RuleOf<Type>, field: string): void {
  if (!isFaultType(rule.type)) {
    throw invalidArgument(`${field}.type`, rule.type, `one of ${FAULT_TYPES.join(', ')}`);
  }
  const fault = FAULTS[rule.type];
  if (!fault.isInRange(rule.magnitude)) {
    throw invalidArgument(`${field}.magnitude`, rule.magnitude, fault.allowed);
  }
  if (!isWhenInRange(rule.when)) {
    throw invalidArgument(`${field}.when`, rule.when, ALLOWED_WHEN[rule.when.kind]);
  }
}

function verdictOf<Type extends FaultType>(rule: RuleOf<Type>, draw: number): Verdict {
  return FAULTS[rule.type].decide(rule.id, rule.magnitude, draw);
}
