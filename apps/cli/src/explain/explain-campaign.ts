import { explainRequest, type CampaignSpec, type ExplainedRequest } from '#libs/campaign';
import { verdictText } from './verdict-text.ts';

/** A line for each scenario and attempt, in the order of the document. */
export function explainCampaign(
  spec: CampaignSpec,
  seed: number,
  requestSeq: number,
  attempts: number,
): string[] {
  const lines = explainRequest(spec, seed, requestSeq, attempts).flatMap((explained) =>
    linesOf(explained, requestSeq),
  );
  const others = spec.faults.filter(({ where, scope }) => where === 'client' && scope === 'connection');
  return [...lines, ...others.map(({ id }) => `fault=${id} is drawn for the connection: not known here`)];
}

function linesOf(explained: ExplainedRequest, requestSeq: number): string[] {
  const { scenario } = explained;
  const about = `scenario=${scenario} request=${requestSeq}`;
  switch (explained.kind) {
    case 'never-sent':
      return [`${about} is not sent: there are ${explained.requests} in the stages`];
    case 'unknown':
      return [`${about} hangs on the answers: a fault has a window of time, or the time ends the scenario`];
    case 'known':
      return explained.verdicts.map((verdict, index) => {
        const start = explained.startMs === undefined ? '' : ` start_ms=${explained.startMs.toFixed(3)}`;
        return `${about}${start} attempt=${index + 1} ${verdictText(verdict)}`;
      });
  }
}
