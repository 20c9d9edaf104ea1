/** A run cannot be had at all, whoever tries; the message says why and is for everybody to read. */
export class RunRefusedError extends Error {
  override readonly name = 'RunRefusedError';
}
