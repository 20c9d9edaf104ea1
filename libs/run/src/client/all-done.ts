/** Awaits all, also where one fails; rejects with the first failure then. */
export async function allDone(doings: Iterable<Promise<void>>): Promise<void> {
  const endings = await Promise.allSettled(doings);
  const failed = endings.find((ending) => ending.status === 'rejected');
  if (failed) throw failed.reason;
}
