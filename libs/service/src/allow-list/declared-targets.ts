import { newTarget, problemIssues, type NewTargetDocument } from '#libs/contracts';
import { PoolerError, invalidArgument } from '#libs/kernel';

/**
 * Reads the targets that the service shall know from its start: a JSON list of what `POST /targets` takes.
 * @param field where the list stands, for the sentence of a refusal
 * @throws PoolerError `PLR_INVALID_ARGUMENT`, one sentence about the first mistake
 */
export function parseDeclaredTargets(field: string, json: string): readonly NewTargetDocument[] {
  const list = parseJson(json);
  if (!Array.isArray(list)) throw invalidArgument(field, json, 'a JSON list of targets');
  return list.map((posted: unknown, index) => {
    if (isNewTarget(posted)) return posted;
    const [issue] = problemIssues(newTarget.safeParse(posted).error?.issues ?? []);
    const place = issue?.path ? `[${index}].${issue.path}` : `[${index}]`;
    throw new PoolerError('PLR_INVALID_ARGUMENT', `${field}${place}: ${issue?.message}`, {
      phase: 'argument',
    });
  });
}

/** It is kept in the words in which it was declared. */
function isNewTarget(posted: unknown): posted is NewTargetDocument {
  return newTarget.safeParse(posted).success;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
