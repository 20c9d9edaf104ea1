import { hash } from 'node:crypto';
import type { Rng } from '#libs/kernel';

/** Whose draws they are: those of one toxic of one proxy. */
export interface DrawKey {
  /** 0 to 2^53 - 1. */
  readonly seed: number;
  readonly proxy: string;
  readonly toxic: string;
}

/**
 * A uniform float in [0, 1) that depends on nothing but its arguments, so that a decision can be had again: the first 48
 * bits of the SHA-256 of the JSON array `[seed, proxy, toxic, number, count]`.
 *
 * @param number of the connection, or of the request for a toxic that knows requests; from 0, counted per proxy
 * @param count 0 decides whether the toxic strikes at all; what varies within its effect draws with 1, 2, and so on
 */
export function draw({ seed, proxy, toxic }: DrawKey, number: number, count: number): number {
  // As JSON no two keys share their text, whatever the names contain.
  return (
    hash('sha256', JSON.stringify([seed, proxy, toxic, number, count]), 'buffer').readUIntBE(0, 6) / 2 ** 48
  );
}

/** Whether a toxic strikes connection or request `number`. A `toxicity` of 1 always does, one of 0 never. */
export function strikes(key: DrawKey, number: number, toxicity: number): boolean {
  return toxicity >= 1 || draw(key, number, 0) < toxicity;
}

/** The further draws of one connection or request, in their order. */
export function drawsOf(key: DrawKey, number: number): Rng {
  let count = 0;
  return {
    next: () => {
      count += 1;
      return draw(key, number, count);
    },
  };
}
