import type { Rng } from '#libs/kernel';
import type { ResourceKind } from '#libs/contracts';

const DIGITS = 32;
const TIME_LENGTH = 10;
const CHANCE_LENGTH = 16;

/**
 * An id that sorts by its time: the kind, ten base-32 digits of milliseconds since 1970 and sixteen of chance (80 bits).
 * Digits are those of `toString(32)`, which sort as ASCII.
 */
export function newId(kind: ResourceKind, atMs: number, rng: Rng): string {
  const time = Math.floor(atMs).toString(DIGITS).padStart(TIME_LENGTH, '0');
  const chance = Array.from({ length: CHANCE_LENGTH }, () =>
    Math.floor(rng.next() * DIGITS).toString(DIGITS),
  );
  return `${kind}_${time}${chance.join('')}`;
}
