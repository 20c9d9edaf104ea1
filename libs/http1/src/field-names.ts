/** A name as peers spell it, byte by byte, and in lower case. */
interface KnownName {
  readonly spelling: Uint8Array;
  readonly lower: string;
}

/** A power of two, so that a mask makes a slot of a hash. */
const SLOTS = 512;
/** Longer names are rare and not worth the memory. */
const MAX_KEPT_LENGTH = 64;

/** The names seen last, one a slot; a newcomer evicts. Shared by all parsers, for peers use few names again and again. */
const known: KnownName[] = Array.from({ length: SLOTS }, () => ({ spelling: new Uint8Array(0), lower: '' }));

/**
 * The lower-case text of the field name that lies in `bytes` and is at least one byte long. A name seen before is
 * recognised by its bytes, which is several times cheaper than to make a string of them.
 */
export function fieldName(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  const slot =
    (length * 31 + bytes[start]! * 7 + bytes[start + (length >> 1)]! * 61 + bytes[end - 1]! * 17) &
    (SLOTS - 1);
  const { spelling, lower } = known[slot]!;
  if (spelling.length === length && isSpelled(spelling, bytes, start)) return lower;
  const name = bytes.toString('latin1', start, end).toLowerCase();
  if (length <= MAX_KEPT_LENGTH) {
    known[slot] = { spelling: Uint8Array.prototype.slice.call(bytes, start, end), lower: name };
  }
  return name;
}

function isSpelled(spelling: Uint8Array, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < spelling.length; i += 1) {
    if (spelling[i] !== bytes[start + i]) return false;
  }
  return true;
}
