/** Header fields by lower-case name: several lines of one name are joined with `, `, but `set-cookie` is a list. */
export type ResponseHeaders = Record<string, string | string[]>;

/** Builds the object from name, value, name, value… (RFC 9110 section 5.3 on joining; set-cookie is its exception). */
export function headersFrom(raw: readonly string[]): ResponseHeaders {
  // No prototype: a field named `__proto__` or `constructor` is a field like any other.
  const headers: ResponseHeaders = Object.create(null);
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    const before = headers[name];
    if (name === 'set-cookie') {
      if (Array.isArray(before)) before.push(value);
      else headers[name] = [value];
    } else {
      headers[name] = before === undefined ? value : `${String(before)}, ${value}`;
    }
  }
  return headers;
}
