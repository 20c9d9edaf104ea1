import { invalidArgument } from '#libs/kernel';

/** One thing that is wrong with a campaign. */
export interface Problem {
  /** Where in the document, for example `faults.0.startMs`; the empty text is all of it. */
  readonly path: string;
  /** For machines, stable. */
  readonly code: ProblemCode;
  /** For people: field, value and what is allowed, in one sentence. */
  readonly message: string;
}

/**
 * - `out_of_range`: a value that means nothing, or nothing here
 * - `not_unique`: a name that is taken
 * - `missing`: a field that another one needs
 * - `bad_condition`: a check or guardrail that cannot be read
 * - `not_supported`: legal, but not something that place can do
 */
export type ProblemCode = 'out_of_range' | 'not_unique' | 'missing' | 'bad_condition' | 'not_supported';

/** @param allowed the end of the sentence "the field must be" */
export function problem(path: string, code: ProblemCode, value: unknown, allowed: string): Problem {
  return { path, code, message: invalidArgument(path, value, allowed).message };
}
