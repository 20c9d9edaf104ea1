/** What a peer says of the life of a connection. */
export interface KeepAliveHint {
  /** It keeps an idle connection for so long at least. */
  readonly timeoutMs: number | undefined;
  /** Requests that it takes on this connection: in all, or from now on; servers differ. */
  readonly max: number | undefined;
}

/**
 * Reads a `Keep-Alive` field: `timeout=5, max=100` (RFC 2068 section 19.7.1.1; never standardised, widely sent). What is no
 * whole number is left out, and so is what is unknown: it is only a hint.
 */
export function parseKeepAlive(value: string): KeepAliveHint {
  return { timeoutMs: secondsOf(numberOf('timeout', value)), max: numberOf('max', value) };
}

function numberOf(name: 'timeout' | 'max', value: string): number | undefined {
  const pattern = name === 'timeout' ? TIMEOUT : MAX;
  const digits = pattern.exec(value)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function secondsOf(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}

const TIMEOUT = /(?:^|[,\s])timeout\s*=\s*"?(\d{1,9})"?\s*(?:,|$)/i;
const MAX = /(?:^|[,\s])max\s*=\s*"?(\d{1,9})"?\s*(?:,|$)/i;
