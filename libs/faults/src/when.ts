/** A stretch of requests, counted from 0, or of time, from the start of whoever injects. */
export interface Span {
  readonly unit: 'requests' | 'ms';
  /** The first request or millisecond, from 0. */
  readonly from: number;
  /** From 1; `Infinity` for no end. */
  readonly length: number;
}

/** When a fault strikes: by `chance` or a `ramp` on any attempt, or by `count` on the first attempt of chosen requests. */
export type When =
  /** `probability` from 0 to 1, drawn anew for each attempt; only `within` a window, where one is given. */
  | { readonly kind: 'chance'; readonly probability: number; readonly within?: Span | undefined }
  /**
   * At the `length` (default 1) requests from `first` on, and at as many after every `every` requests; once where `every` is
   * undefined. So the first N are `first: 0, length: N`, every k-th is `every: k`, and with both it is a burst. `requestSeq`
   * counts from 0: 300 requests have begun before the one that `first: 300` means.
   */
  | {
      readonly kind: 'count';
      readonly first: number;
      readonly length?: number | undefined;
      readonly every: number | undefined;
    }
  /** A probability that goes in a straight line `from` one `to` another `over` a span that ends, and is 0 outside of it. */
  | { readonly kind: 'ramp'; readonly from: number; readonly to: number; readonly over: Span };

/** For error messages: what the text of each kind may be. */
export const ALLOWED_WHEN: Readonly<Record<When['kind'], string>> = {
  chance:
    'a probability from :0% to :100%, such as :0.5%, with or without a window of requests, such as :5%@100+50, or request numbers such as @300, @0+3 or @300+20/1000',
  count: 'a request number from @0 and, if it shall repeat, a period from 1, such as @300 or @300/10000',
  ramp: 'two probabilities from 0% to 100% and the requests between them, such as :0%..10%@0+1000',
};

const PERCENT = String.raw`(\d+(?:\.\d+)?)%`;
const CHANCE = new RegExp(String.raw`^:${PERCENT}(?:@(\d+)(?:\+(\d+))?)?$`);
const RAMP = new RegExp(String.raw`^:${PERCENT}\.\.${PERCENT}@(\d+)\+(\d+)$`);
const COUNT = /^@(\d+)(?:\+(\d+))?(?:\/(\d+))?$/;

/**
 * Reads `:0.5%`, `:5%@100+50` (in a window of 50 requests from 100), `:0%..10%@0+1000` (a ramp), `@300`, `@300/10000`,
 * `@0+3` (the first three) or `@300+20/1000` (bursts of 20). Returns `undefined` for anything else. Times are not written
 * this way: what depends on them could not be had again.
 */
export function parseWhen(text: string): When | undefined {
  const when = read(text);
  return when && isWhenInRange(when) ? when : undefined;
}

function read(text: string): When | undefined {
  const [, percent, from, length] = CHANCE.exec(text) ?? [];
  if (percent !== undefined) {
    const probability = Number(percent) / 100;
    if (from === undefined) return { kind: 'chance', probability };
    return { kind: 'chance', probability, within: requests(from, length ?? 'Infinity') };
  }
  const [, low, high, start = '', size = ''] = RAMP.exec(text) ?? [];
  if (low !== undefined) {
    return { kind: 'ramp', from: Number(low) / 100, to: Number(high) / 100, over: requests(start, size) };
  }
  const [, first, count, every] = COUNT.exec(text) ?? [];
  if (first === undefined) return undefined;
  const period = every === undefined ? undefined : Number(every);
  if (count === undefined) return { kind: 'count', first: Number(first), every: period };
  return { kind: 'count', first: Number(first), length: Number(count), every: period };
}

function requests(from: string, length: string): Span {
  return { unit: 'requests', from: Number(from), length: Number(length) };
}

/** True when the numbers mean something. */
export function isWhenInRange(when: When): boolean {
  switch (when.kind) {
    case 'chance':
      return isShare(when.probability) && (when.within === undefined || isSpanInRange(when.within));
    case 'ramp': {
      const { from, to, over } = when;
      return isShare(from) && isShare(to) && isSpanInRange(over) && over.length !== Infinity;
    }
    case 'count': {
      const { first, length = 1, every } = when;
      const isPeriod = every === undefined || (Number.isSafeInteger(every) && every >= length);
      return (
        Number.isSafeInteger(first) && first >= 0 && Number.isSafeInteger(length) && length >= 1 && isPeriod
      );
    }
  }
}

function isShare(probability: number): boolean {
  return probability >= 0 && probability <= 1;
}

function isSpanInRange({ from, length }: Span): boolean {
  return from >= 0 && length > 0 && from < Infinity;
}

/**
 * The probability of a fault that is drawn, for a request. 0 outside of its window.
 *
 * @param startMs when the request starts, for spans of time
 */
export function probabilityAt(
  when: Exclude<When, { kind: 'count' }>,
  requestSeq: number,
  startMs: number,
): number {
  if (when.kind === 'chance') {
    const { within, probability } = when;
    return within === undefined || progressIn(within, requestSeq, startMs) !== undefined ? probability : 0;
  }
  const progress = progressIn(when.over, requestSeq, startMs);
  return progress === undefined ? 0 : when.from + (when.to - when.from) * progress;
}

/** How far a request stands in a span, from 0 up to 1; `undefined` outside of it. */
function progressIn({ unit, from, length }: Span, requestSeq: number, startMs: number): number | undefined {
  const offset = (unit === 'requests' ? requestSeq : startMs) - from;
  if (offset < 0 || offset >= length) return undefined;
  return offset / length;
}

/** Whether a fault that goes by count strikes the number `seq`, on its first attempt. */
export function isCounted(
  { first, length = 1, every }: Extract<When, { kind: 'count' }>,
  seq: number,
  attempt: number,
): boolean {
  if (attempt !== 1 || seq < first) return false;
  return (every === undefined ? seq - first : (seq - first) % every) < length;
}
