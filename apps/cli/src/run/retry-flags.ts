import type { ClientOptions } from '#libs/client';
import { invalidArgument } from '#libs/kernel';
import { optional, withDefault, type ValuesOf } from '../flags/flag.ts';
import { duration, wholeNumber, type Kind } from '../flags/kinds.ts';

/** Off, or how many tokens come each second; `undefined` leaves that to the library. */
type Budget = false | { readonly tokensPerSecond: number | undefined };

const MAX_TOKENS_PER_SECOND = 1_000_000;

const budget: Kind<Budget> = {
  placeholder: 'on|off|rate',
  range: `0/s to ${MAX_TOKENS_PER_SECOND}/s; on is 10/s`,
  allowed: `on, off or a rate of retries from 0/s to ${MAX_TOKENS_PER_SECOND}/s, such as 10/s`,
  parse(text) {
    if (text === 'off') return false;
    if (text === 'on') return { tokensPerSecond: undefined };
    const [, amount] = /^(\d+(?:\.\d+)?)\/s$/.exec(text) ?? [];
    const tokensPerSecond = Number(amount);
    return tokensPerSecond <= MAX_TOKENS_PER_SECOND ? { tokensPerSecond } : undefined;
  },
};

/** What is sent again, and when. */
export const RETRY_FLAGS = {
  retries: withDefault(
    wholeNumber(0, 99),
    'retries of a request; 0 leaves only the free re-send after a stale connection',
    '2',
  ),
  retryBase: withDefault(
    duration('0ms', '1m'),
    'longest wait before the first retry; doubles each time',
    '50ms',
  ),
  retryCap: optional(
    duration('0ms', '1h'),
    'no wait is longer',
    'default 20s, or --retry-base if that is more',
  ),
  retryBudget: withDefault(
    budget,
    'limit on all retries together: this rate, and one for every five requests',
    'on',
  ),
};

export function retryOptionsOf(values: ValuesOf<typeof RETRY_FLAGS>): NonNullable<ClientOptions['retry']> {
  const { retries, retryBase, retryCap, retryBudget } = values;
  if (retryCap !== undefined && retryCap < retryBase)
    throw invalidArgument(
      '--retry-cap',
      `${retryCap}ms`,
      `a duration from ${retryBase}ms (--retry-base) to 1h`,
    );
  return {
    attempts: retries + 1,
    backoff: { baseMs: retryBase, capMs: retryCap },
    budget: retryBudget,
  };
}
