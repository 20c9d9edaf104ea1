import { FaultPlan, type FaultRule } from '#libs/faults';
import { verdictText } from './verdict-text.ts';

export interface ExplainedFailures {
  readonly rules: readonly FaultRule[];
  readonly seed: number;
  readonly requestSeq: number;
  readonly attempts: number;
  readonly method: string;
  readonly path: string;
}

/** A line for each attempt. What is drawn for the origin or a connection hangs on these, which are not known here. */
export function explainFailures(asked: ExplainedFailures): string[] {
  const { rules, seed, requestSeq, attempts, method, path } = asked;
  const isOfRequest = ({ scope = 'request' }: FaultRule): boolean => scope === 'request';
  const plan = new FaultPlan(rules.filter(isOfRequest), seed);
  const request = { method, path, origin: '', startMs: 0 };
  const lines = Array.from({ length: attempts }, (_, index) => {
    const verdict = plan.decide(requestSeq, index + 1, request);
    return `request=${requestSeq} attempt=${index + 1} ${verdictText(verdict)}`;
  });
  const others = rules.filter((rule) => !isOfRequest(rule));
  return [
    ...lines,
    ...others.map(({ id, scope }) => `fault=${id} is drawn for the ${scope}: not known here`),
  ];
}
