import { z } from 'zod';

/** What the reference page says of an attribute. */
interface FieldFacts {
  readonly unit: string;
  readonly description: string;
}

/** A whole number, 0 where it is left out. Any is taken, as Toxiproxy takes it; what makes no sense counts as 0. */
export function anyWhole(unit: string, description: string) {
  return z.int('must be a whole number').default(0).meta({ unit, description });
}

export function wholeFrom(min: number, max: number, standard: number, { unit, description }: FieldFacts) {
  const allowed = `must be a whole number from ${min} to ${max}`;
  return z.int(allowed).min(min, allowed).max(max, allowed).default(standard).meta({ unit, description });
}

const FIRST_ALLOWED = 'must be a whole number from 0 to 9007199254740991';

/** "Fail the first N, then pass": an attribute of every toxic. */
export const first = z.int(FIRST_ALLOWED).min(0, FIRST_ALLOWED).optional().meta({
  unit: 'count',
  description: 'Strikes none but the first so many that it meets; left out: no such limit.',
});

const METHOD_ALLOWED = 'must be a method in capital letters, such as GET, or empty for any';
const PATH_ALLOWED = 'must be the start of a path, with its slash, or empty for any';

/** Which requests a toxic looks at: an attribute of every toxic that knows requests. */
export const requestFilter = {
  method: z
    .string(METHOD_ALLOWED)
    .regex(/^[A-Z]{0,20}$/, METHOD_ALLOWED)
    .default('')
    .meta({ unit: 'method', description: 'Looks only at requests of this method; empty: any.' }),
  path: z
    .string(PATH_ALLOWED)
    .max(1_000, PATH_ALLOWED)
    .regex(/^(?:\/[\x21-\x7e]*)?$/, PATH_ALLOWED)
    .default('')
    .meta({ unit: 'path', description: 'Looks only at requests whose target begins like this; empty: any.' }),
};
