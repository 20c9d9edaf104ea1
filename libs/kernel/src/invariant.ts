/** A broken promise inside Pooler itself: never the caller's fault and never the peer's. Exit code 97 in the command. */
export class BugError extends Error {
  override readonly name = 'BugError';
}

/** States what must hold. Throws a `BugError` when it does not, so that a bug surfaces where it happened. */
export function invariant(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new BugError(`BUG: ${sentence}`);
}
