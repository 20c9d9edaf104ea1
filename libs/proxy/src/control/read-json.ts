import { REFUSALS } from '../api-error.ts';

/**
 * Reads the body of a request. `null` counts as left out, as Go's decoder has it.
 * @throws ApiError 400 in Toxiproxy's words, as far as they do not speak of Go
 */
export function readJson(text: string): unknown {
  const begin = text.trimStart();
  if (begin === '') throw REFUSALS.badBody('EOF');
  try {
    return JSON.parse(text, (_key, value: unknown) => value ?? undefined);
  } catch (error) {
    throw REFUSALS.badBody(reasonOf(begin, error));
  }
}

function reasonOf(begin: string, error: unknown): string {
  const [first = ''] = begin;
  if (!/[[{"\d\-tfn]/.test(first)) return `invalid character '${first}' looking for beginning of value`;
  const message = error instanceof Error ? error.message : '';
  return /end of JSON|Unterminated/.test(message) ? 'unexpected EOF' : 'invalid JSON';
}
