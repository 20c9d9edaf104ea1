/** Faults that make their attempt dial a connection of its own, and spoil that dial. */
export type DialVerdict =
  | { readonly kind: 'connect-refused' | 'dns' | 'tls'; readonly faultId: string }
  /** The connection stands `delayMs` later. */
  | { readonly kind: 'connect-slow' | 'checkout-stall'; readonly faultId: string; readonly delayMs: number };

/** The names of those, which their faults have too. */
export const DIAL_KINDS: Readonly<Record<DialVerdict['kind'], true>> = {
  'connect-refused': true,
  'connect-slow': true,
  dns: true,
  tls: true,
  'checkout-stall': true,
};

/** Faults of the wire that carries their attempt. */
export type WireVerdict =
  /** The request leaves `delayMs` later, or its second half does; or each piece of the answer comes `delayMs` later. */
  | {
      readonly kind: 'latency' | 'write-stall' | 'slow-read';
      readonly faultId: string;
      readonly delayMs: number;
    }
  /** `timeout` swallows everything; the others end the wire or spoil a byte, at the place that their name says. */
  | {
      readonly kind:
        | 'timeout'
        | 'reset'
        | 'drop'
        | 'dead-as-alive'
        | 'reset-head'
        | 'reset-body'
        | 'truncate'
        | 'corrupt-head'
        | 'corrupt-body';
      readonly faultId: string;
    };

/** What one attempt of one request shall meet. Plain data: whoever holds the place of the fault carries it out. */
export type Verdict =
  | { readonly kind: 'pass' }
  | DialVerdict
  | WireVerdict
  /** The look at an idle connection says that it is dead. */
  | { readonly kind: 'alive-as-dead'; readonly faultId: string }
  /** The response arrives with another status code. */
  | { readonly kind: 'status'; readonly faultId: string; readonly statusCode: number }
  /** Every connection is reset, and dials are refused for `durationMs`. The request itself goes on. */
  | { readonly kind: 'crash'; readonly faultId: string; readonly durationMs: number };

/** A fault. */
export type Injected = Exclude<Verdict, { kind: 'pass' }>;

/** Nothing happens: the verdict on most attempts, one object for all of them. */
export const PASS: Verdict = Object.freeze({ kind: 'pass' });
