import { z } from 'zod';

/** A schema that checks a value and gives it back as it was posted, where `schema` would give what it has read. */
export interface AsPosted<Schema extends z.ZodType> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: 'pooler';
    readonly validate: (
      value: unknown,
    ) => Promise<{ readonly value: z.input<Schema> } | { readonly issues: readonly z.core.$ZodIssue[] }>;
  };
  /** What it checks by. */
  readonly schema: Schema;
}

/** For what is kept in the words of whoever posted it: a duration stays `10s`, what was left out stays left out. */
export function asPosted<Schema extends z.ZodType>(schema: Schema): AsPosted<Schema> {
  const posted = z.custom<z.input<Schema>>();
  const validate: AsPosted<Schema>['~standard']['validate'] = async (value) => {
    const result = await schema.safeParseAsync(value);
    if (!result.success) return { issues: result.error.issues };
    return { value: posted.parse(value) };
  };
  return { '~standard': { version: 1, vendor: 'pooler', validate }, schema };
}
