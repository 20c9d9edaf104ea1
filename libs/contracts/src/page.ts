import { z } from 'zod';

/** The query of every list. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('How many items, from 1 to 200.'),
  cursor: z
    .string()
    .regex(/^[a-z]+_[0-9a-z]{26}$/, { error: 'must be a nextCursor of this list' })
    .optional()
    .describe('nextCursor of the page before.'),
});

export type PageQuery = z.output<typeof pageQuery>;

/** One page of a list, newest first. `nextCursor` is null on the last page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** The schema of a page of `item`, called `id` in OpenAPI. */
export function pageOf<Item extends z.ZodType>(id: string, item: Item) {
  return z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() }).meta({ id });
}
