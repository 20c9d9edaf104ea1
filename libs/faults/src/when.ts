import { draw, type DrawKey } from './draw.ts';

/** When a fault strikes: by `chance` on any attempt, or by `count` on the first attempt of chosen requests. */
export type When =
  /** `probability` from 0 to 1, drawn anew for each attempt. */
  | { readonly kind: 'chance'; readonly probability: number }
  /**
   * At the request with `requestSeq` = `first`, and every `every` requests after it; once where `every` is undefined.
   * `requestSeq` counts from 0, so 300 requests have begun before the one that `first: 300` means.
   */
  | { readonly kind: 'count'; readonly first: number; readonly every: number | undefined };

/** For error messages: what the text of each kind may be. */
export const ALLOWED_WHEN: Readonly<Record<When['kind'], string>> = {
  chance: 'a probability from :0% to :100%, such as :0.5%',
  count: 'a request number from @0 and, if it shall repeat, a period from 1, such as @300 or @300/10000',
};

/** Reads `:0.5%`, `@300` or `@300/10000`. Returns `undefined` for anything else. */
export function parseWhen(text: string): When | undefined {
  const [, percent] = /^:(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== undefined) return validWhen({ kind: 'chance', probability: Number(percent) / 100 });
  const [, first, every] = /^@(\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  if (first === undefined) return undefined;
  return validWhen({
    kind: 'count',
    first: Number(first),
    every: every === undefined ? undefined : Number(every),
  });
}

function validWhen(when: When): When | undefined {
  return isWhenInRange(when) ? when : undefined;
}

/** True when the numbers mean something. */
export function isWhenInRange(when: When): boolean {
  if (when.kind === 'chance') return when.probability >= 0 && when.probability <= 1;
  const { first, every } = when;
  return (
    Number.isSafeInteger(first) &&
    first >= 0 &&
    (every === undefined || (Number.isSafeInteger(every) && every >= 1))
  );
}

/** Whether this attempt is struck. Pure: the same arguments, the same answer. */
export function strikes(when: When, key: DrawKey, requestSeq: number, attempt: number): boolean {
  if (when.kind === 'chance') return draw(key, requestSeq, attempt, 'chance') < when.probability;
  if (attempt !== 1 || requestSeq < when.first) return false;
  return (
    requestSeq === when.first || (when.every !== undefined && (requestSeq - when.first) % when.every === 0)
  );
}
