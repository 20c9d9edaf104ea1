/** Somebody else has taken over what we worked on, or it is gone: stop, and write nothing more. */
export class LostClaimError extends Error {
  override readonly name = 'LostClaimError';
  constructor(runId: string) {
    super(`${runId} has another owner`);
  }
}
