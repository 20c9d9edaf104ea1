import type { Rng } from '#libs/kernel';

/** Draws what a fuzzer needs, from one seeded source. */
export class Dice implements Rng {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  next(): number {
    return this.#rng.next();
  }

  /** True with this probability. */
  hits(probability: number): boolean {
    return this.#rng.next() < probability;
  }

  /** A whole number from `min` to `max`, both possible. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.#rng.next() * (max - min + 1));
  }

  pick<T>(list: readonly T[]): T {
    const drawn = list[Math.floor(this.#rng.next() * list.length)];
    if (drawn === undefined) throw new Error('nothing to pick from');
    return drawn;
  }

  /** One of the keys, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a record of K are K
    const keys = Object.keys(weights) as K[];
    let rest = this.#rng.next() * keys.reduce((sum, key) => sum + weights[key], 0);
    for (const key of keys) {
      rest -= weights[key];
      if (rest < 0) return key;
    }
    return this.pick(keys);
  }
}
