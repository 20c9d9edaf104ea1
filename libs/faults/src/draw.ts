/** What makes the draws of one fault its own: a 64-bit key of seed, scenario and fault id. */
export interface DrawKey {
  readonly word0: number;
  readonly word1: number;
}

/** The independent draws of one decision: whether the fault strikes, and how hard. */
export type Lane = 'chance' | 'magnitude';

/** Makes the key, once per fault: it hashes strings. All 53 bits of `seed` (0 to 2^53 − 1) count. */
export function drawKey(seed: number, scenario: string, faultId: string): DrawKey {
  // Loaded here, since few clients draw faults and all would pay for its memory.
  const { createHash } = process.getBuiltinModule('node:crypto');
  // As JSON no two triples share their text, whatever the names contain.
  const hash = createHash('sha256')
    .update(JSON.stringify([seed, scenario, faultId]))
    .digest();
  return { word0: hash.readInt32LE(0), word1: hash.readInt32LE(4) };
}

/**
 * A uniform float in [0, 1), a multiple of 2^-32, that depends on nothing but its arguments. Allocates nothing.
 *
 * @param requestSeq 0 to 2^53 − 1
 * @param attempt from 1; the draws repeat after 2048 attempts
 */
export function draw(key: DrawKey, requestSeq: number, attempt: number, lane: Lane): number {
  const counter1 = Math.floor(requestSeq / 2 ** 32) | (attempt << 21);
  return threefry2x32(key.word0, key.word1, requestSeq | 0, counter1, lane) / 2 ** 32;
}

/** The constant of the key schedule: the upper half of Skein's C240, as Random123 has it for words of 32 bits. */
const KEY_PARITY = 0x1bd11bda;

/**
 * The Threefry-2x32 block function with its standard 20 rounds: a counter-based generator, made so that numbers can be
 * drawn in any order and on any machine. Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC'11; the constants and the test vectors are those of the authors' Random123.
 *
 * Of the two words that a block has it returns, as a uint32, the first for `chance` and the second for `magnitude`.
 */
export function threefry2x32(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  lane: Lane,
): number {
  // The key words take turns: each group of four rounds ends with adding the next two.
  let next = key1;
  let afterNext = KEY_PARITY ^ key0 ^ key1;
  let last = key0;
  let x = (counter0 + key0) | 0;
  let y = (counter1 + key1) | 0;
  for (let group = 1; group <= 5; group += 1) {
    if (group % 2 === 1) {
      x = (x + y) | 0;
      y = rotateLeft(y, 13) ^ x;
      x = (x + y) | 0;
      y = rotateLeft(y, 15) ^ x;
      x = (x + y) | 0;
      y = rotateLeft(y, 26) ^ x;
      x = (x + y) | 0;
      y = rotateLeft(y, 6) ^ x;
    } else {
      x = (x + y) | 0;
      y = rotateLeft(y, 17) ^ x;
      x = (x + y) | 0;
      y = rotateLeft(y, 29) ^ x;
      x = (x + y) | 0;
      y = rotateLeft(y, 16) ^ x;
      x = (x + y) | 0;
      y = rotateLeft(y, 24) ^ x;
    }
    x = (x + next) | 0;
    y = (y + afterNext + group) | 0;
    const used = next;
    next = afterNext;
    afterNext = last;
    last = used;
  }
  return (lane === 'chance' ? x : y) >>> 0;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
