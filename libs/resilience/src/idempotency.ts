/** The header fields of a request, in either form that a client takes. */
export type HeaderFields =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | ReadonlyArray<readonly [name: string, value: string]>;

/** RFC 9110 §9.2.2: the safe methods, PUT and DELETE. Methods are case-sensitive. */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/**
 * Whether sending the request twice has the effect of sending it once. The caller's `option` decides when given; else
 * the method, or an Idempotency-Key field (draft-ietf-httpapi-idempotency-key-header), by which the server knows a
 * request again.
 */
export function isIdempotent(
  method: string,
  headers: HeaderFields | undefined,
  option: boolean | undefined,
): boolean {
  return option ?? (IDEMPOTENT_METHODS.has(method) || hasIdempotencyKey(headers));
}

function hasIdempotencyKey(headers: HeaderFields | undefined): boolean {
  if (!headers) return false;
  const fields: ReadonlyArray<readonly [string, unknown]> = isPairs(headers)
    ? headers
    : Object.entries(headers);
  return fields.some(([name, value]) => value !== undefined && name.toLowerCase() === 'idempotency-key');
}

/** `Array.isArray` alone does not narrow a readonly array. */
function isPairs(headers: HeaderFields): headers is ReadonlyArray<readonly [string, string]> {
  return Array.isArray(headers);
}
