import { z } from 'zod';

/** Kinds of things with an id; the kind is the id's prefix. */
export type ResourceKind = 'tgt' | 'cmp' | 'run' | 'sch';

/** An id: its kind, ten characters of time and sixteen of chance, so that later ones sort higher. */
export function resourceId(kind: ResourceKind) {
  return z
    .string()
    .regex(new RegExp(`^${kind}_[0-9a-z]{26}$`), {
      error: ({ input }) => `must be an id such as ${kind}_${'0'.repeat(26)}, got ${JSON.stringify(input)}`,
    })
    .describe(`An id, ${kind}_ and 26 characters.`);
}

export const timestamp = z.iso.datetime().describe('An instant in UTC, ISO 8601.');

/** A name that people choose. */
export const resourceName = z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/, {
  error: (issue) =>
    `must be 1 to 63 of a-z, 0-9, '.', '_' and '-', beginning and ending with a letter or digit, got ${JSON.stringify(issue.input)}`,
});

/** Why a person did something; kept with what was done. */
export const reason = z.string().max(500);

/** An id in a path. Any text will do: what is not the id of anything is not found. */
export const pathId = z.string();
