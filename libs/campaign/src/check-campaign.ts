import { FAULTS, FAULT_TYPES, allowedScope, isFaultType, type Fault, type FaultType } from '#libs/faults';
import { PoolerError } from '#libs/kernel';
import type { RunPhase } from '#libs/stats';
import type { CampaignSpec, FaultSpec, ScenarioSpec } from './campaign-spec.ts';
import { parseCondition, type Condition } from './condition.ts';
import { checkProxyFault, checkTargetFault, leftOut } from './check-outer-fault.ts';
import { problem, type Problem } from './problem.ts';
import { isTimed, whenOf } from './scenario-faults.ts';
import { plannedRequestsOf, stagesMsOf } from './timeline.ts';

/** Drawing the verdicts of a planned request takes some 300 ns, and nothing else happens meanwhile: 0.6 s for these. */
const MAX_PLANNED_REQUESTS = 2_000_000;

/**
 * Says all that is wrong with the meaning of a campaign: what one field means beside the others. The range of each field
 * by itself is the business of whoever read the document. Limits of the target are `planRun`'s.
 */
export function checkCampaign(spec: CampaignSpec): Problem[] {
  const stagesMs = stagesMsOf(spec.scenarios);
  return [
    ...duplicates(
      'scenarios',
      'name',
      spec.scenarios.map(({ name }) => name),
    ),
    ...spec.scenarios.flatMap((scenario, index) => checkEnd(scenario, `scenarios.${index}`)),
    ...checkSize(spec.scenarios),
    ...duplicates(
      'faults',
      'id',
      spec.faults.map(({ id }) => id),
    ),
    ...spec.faults.flatMap((fault, index) => checkFault(fault, `faults.${index}`, stagesMs)),
    ...checkDrill(spec, stagesMs),
    ...spec.checks.flatMap((text, index) => checkCondition(text, `checks.${index}`, spec)),
    ...spec.guardrails.flatMap((text, index) => checkCondition(text, `guardrails.${index}`, spec)),
  ];
}

function duplicates(list: string, field: string, names: readonly string[]): Problem[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          problem(
            `${list}.${index}.${field}`,
            'not_unique',
            name,
            `another than in ${list}.${names.indexOf(name)}`,
          ),
        ],
  );
}

function checkEnd(scenario: ScenarioSpec, path: string): Problem[] {
  if (scenario.model === 'open' || scenario.durationMs !== undefined || scenario.requests !== undefined)
    return [];
  return [problem(`${path}.duration`, 'missing', undefined, 'given where requests is not')];
}

function checkSize(scenarios: readonly ScenarioSpec[]): Problem[] {
  const requests = Math.round(scenarios.reduce((sum, scenario) => sum + plannedRequestsOf(scenario), 0));
  if (requests <= MAX_PLANNED_REQUESTS) return [];
  return [
    problem(
      'scenarios',
      'out_of_range',
      requests,
      `for at most ${MAX_PLANNED_REQUESTS} requests to plan in all`,
    ),
  ];
}

function checkFault(fault: FaultSpec, path: string, stagesMs: number): Problem[] {
  const { startMs = 0, durationMs = 0 } = fault;
  const problems: Problem[] = [];
  if (startMs >= stagesMs) {
    problems.push(
      problem(`${path}.start`, 'out_of_range', startMs, `before the end of the stages at ${stagesMs} ms`),
    );
  } else if (startMs + durationMs > stagesMs) {
    const allowed = `at most ${stagesMs - startMs} ms, to the end of the stages`;
    problems.push(problem(`${path}.duration`, 'out_of_range', durationMs, allowed));
  }
  const lengthMs = fault.durationMs ?? stagesMs - startMs;
  switch (fault.where) {
    case 'client':
      return [...problems, ...checkClientFault(fault, path)];
    case 'target':
      return [...problems, ...checkTargetFault(fault, path, lengthMs)];
    case 'proxy':
      return [...problems, ...checkProxyFault(fault, path, lengthMs)];
  }
}

function checkClientFault(fault: FaultSpec, path: string): Problem[] {
  const { type, magnitude, probability, every, burst, rampTo, fromRequest, requests, scope } = fault;
  if (!isFaultType(type)) {
    const types = FAULT_TYPES.join(', ');
    return [problem(`${path}.type`, 'not_supported', type, `one of ${types} where it strikes the client`)];
  }
  const problems: Problem[] = leftOut(fault, path, ['attributes', 'stream'], 'a fault of the client');
  if (magnitude !== undefined && !isMagnitude(type, magnitude)) {
    problems.push(problem(`${path}.magnitude`, 'out_of_range', magnitude, FAULTS[type].allowed));
  }
  if ((fromRequest !== undefined || requests !== undefined) && isTimed(fault)) {
    const field = fromRequest === undefined ? 'requests' : 'fromRequest';
    const value = fromRequest ?? requests;
    problems.push(problem(`${path}.${field}`, 'not_supported', value, 'left out beside start or duration'));
  }
  const counter = (['every', 'burst'] as const).find((field) => fault[field] !== undefined);
  for (const [field, value] of Object.entries({ probability, rampTo })) {
    if (value === undefined || (counter === undefined && type !== 'crash')) continue;
    const allowed =
      type === 'crash' ? 'left out: a crash strikes by fromRequest and every' : `left out beside ${counter}`;
    problems.push(problem(`${path}.${field}`, 'not_supported', value, allowed));
  }
  if (rampTo !== undefined && requests === undefined && fault.durationMs === undefined) {
    problems.push(problem(`${path}.duration`, 'missing', undefined, 'given, or requests, beside rampTo'));
  }
  if (burst !== undefined && every !== undefined && burst > every) {
    problems.push(problem(`${path}.burst`, 'out_of_range', burst, `at most every, ${every}`));
  }
  const allowed = scope && allowedScope(scope, type, whenOf(fault));
  if (allowed !== undefined) problems.push(problem(`${path}.scope`, 'not_supported', scope, allowed));
  if (type === 'crash' && fromRequest === undefined && every === undefined) {
    problems.push(problem(`${path}.fromRequest`, 'missing', fromRequest, 'given for a crash of the client'));
  }
  return problems;
}

function isMagnitude(type: FaultType, text: string): boolean {
  const fault: Fault<unknown> = FAULTS[type];
  const magnitude = fault.parse(text);
  return magnitude !== undefined && fault.isInRange(magnitude);
}

function checkDrill({ drill }: CampaignSpec, stagesMs: number): Problem[] {
  if (drill === undefined) return [];
  const { atMs, mode, value, selector } = drill;
  const problems: Problem[] = [];
  if (atMs >= stagesMs) {
    problems.push(
      problem('drill.at', 'out_of_range', atMs, `before the end of the stages at ${stagesMs} ms`),
    );
  }
  if (Object.keys(selector).length === 0) {
    problems.push(
      problem('drill.selector', 'missing', selector, 'at least one label: an empty one selects every pod'),
    );
  }
  if (mode === 'one' || mode === 'all') {
    if (value !== undefined)
      problems.push(problem('drill.value', 'not_supported', value, `left out for mode ${mode}`));
  } else if (value === undefined) {
    problems.push(problem('drill.value', 'missing', value, `given for mode ${mode}`));
  } else if (mode !== 'fixed' && value > 100) {
    problems.push(problem('drill.value', 'out_of_range', value, 'a percentage from 1 to 100'));
  }
  return problems;
}

function checkCondition(text: string, path: string, spec: CampaignSpec): Problem[] {
  let condition: Condition;
  try {
    condition = parseCondition(text, path);
  } catch (error) {
    if (error instanceof PoolerError) return [{ path, code: 'bad_condition', message: error.message }];
    throw error;
  }
  return [...phasesNeeded(condition)]
    .filter((phase) => (phase === 'stages' ? false : spec.phases[`${phase}Ms`] === 0))
    .map((phase) => problem(`phases.${phase}`, 'missing', '0s', `above 0s for ${path}, ${text}`));
}

function phasesNeeded({ phase, bound }: Condition): Set<RunPhase> {
  const phases = new Set<RunPhase>(phase === undefined ? [] : [phase]);
  if (bound.kind === 'baseline') phases.add('baseline');
  return phases;
}
