import { messageOf } from '../message-of.ts';

/** What became of it: `done`, or the sentence of its error; `pending` before. */
export function watch(doing: Promise<void>): () => string {
  let outcome = 'pending';
  doing.then(
    () => (outcome = 'done'),
    (error: unknown) => (outcome = messageOf(error)),
  );
  return () => outcome;
}
