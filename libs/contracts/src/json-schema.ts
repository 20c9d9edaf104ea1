import { z } from 'zod';

/** A JSON Schema (draft 2020-12, as in OpenAPI 3.1) and the named schemas it refers to. */
export interface JsonSchema {
  readonly schema: Record<string, unknown>;
  readonly components: Record<string, unknown>;
}

/**
 * The JSON Schema of what goes over the wire. That is always the input side: a response is stored and sent in the form
 * in which it was posted, so a name means one schema everywhere.
 */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, $defs, ...root } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return { schema: root, components: $defs ?? {} };
}

/** Whether it is a schema of ours. */
export function isSchema(value: unknown): value is z.ZodType {
  return value instanceof z.ZodType;
}
