/** A source of chance. Everything that draws takes one, so that a run can be repeated. */
export interface Rng {
  /** A float in [0, 1). */
  next(): number;
}

/** The machine's own chance, for production use without a seed. */
export const systemRng: Rng = { next: () => Math.random() };

/**
 * A small, fast generator with a 128-bit state: sfc32 (Chris Doty-Humphrey, PractRand).
 * The same seed gives the same sequence on every machine.
 */
export function seededRng(seed: number): Rng {
  let a = 0;
  let b = seed | 0;
  let c = Math.floor(seed / 2 ** 32) | 0;
  let counter = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
  // The first outputs still show the seed; PractRand's own seeding discards twelve.
  for (let i = 0; i < 12; i += 1) next();
  return { next };
}
