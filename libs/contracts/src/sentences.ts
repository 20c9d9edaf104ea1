import { z } from 'zod';

const SHOWN_LENGTH = 80;
const UNITS: Readonly<Record<string, string>> = { string: 'characters', array: 'items' };

// For every schema without a sentence of its own: what is allowed, and what came instead.
z.config({ customError: sentenceOf });

function sentenceOf(issue: z.core.$ZodRawIssue): string | undefined {
  const got = `, got ${shown(issue.input)}`;
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${articleOf(issue.expected)}${got}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}${got}`;
    case 'too_small':
      return `must ${boundOf(issue, `at least ${issue.minimum}`, got)}`;
    case 'too_big':
      return `must ${boundOf(issue, `at most ${issue.maximum}`, got)}`;
    case 'invalid_key':
      return issue.issues[0]?.message;
    case 'unrecognized_keys':
      return `must not hold ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}: unknown here`;
    case 'invalid_union':
      return Array.isArray(issue.options) ? `must be one of ${issue.options.join(', ')}` : undefined;
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'not_multiple_of':
      return undefined;
  }
}

/** A number is so much, a text or a list has so many. */
function boundOf(
  { origin, input }: { readonly origin: string; readonly input?: unknown },
  bound: string,
  got: string,
): string {
  const unit = UNITS[origin];
  if (unit === undefined) return `be ${bound}${got}`;
  const size = typeof input === 'string' || Array.isArray(input) ? `, got ${input.length}` : '';
  return `have ${bound} ${unit}${size}`;
}

function articleOf(type: string): string {
  if (type === 'int') return 'a whole number';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function shown(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
