/** What one attempt of one request shall meet. Plain data: whoever holds the place of the fault carries it out. */
export type Verdict =
  | { readonly kind: 'pass' }
  /** The request leaves `delayMs` later. */
  | { readonly kind: 'latency'; readonly faultId: string; readonly delayMs: number }
  /** The network swallows the request and says nothing. */
  | { readonly kind: 'timeout'; readonly faultId: string }
  /** The connection is reset after the request went out. */
  | { readonly kind: 'reset'; readonly faultId: string }
  /** The connection is closed in the middle of the response. */
  | { readonly kind: 'drop'; readonly faultId: string }
  /** The response arrives with another status code. */
  | { readonly kind: 'status'; readonly faultId: string; readonly statusCode: number }
  /** Every connection is reset, and dials are refused for `durationMs`. The request itself goes on. */
  | { readonly kind: 'crash'; readonly faultId: string; readonly durationMs: number };

/** Nothing happens: the verdict on most attempts, one object for all of them. */
export const PASS: Verdict = Object.freeze({ kind: 'pass' });
