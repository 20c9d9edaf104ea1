/** RFC 9110 section 9.3 and RFC 5789: what the semantic conventions name, so that a strange method can't fill a store. */
const KNOWN: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
]);

/** The value of `http.request.method`. */
export function knownMethod(method: string): string {
  return KNOWN.has(method) ? method : '_OTHER';
}

/** The name of a span for a request without a route. */
export function spanNameOf(method: string): string {
  return KNOWN.has(method) ? method : 'HTTP';
}
