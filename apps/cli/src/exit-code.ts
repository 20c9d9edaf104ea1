/** What the command's exit status says. */
export const EXIT = {
  /** It ran, or the campaign passed. */
  ran: 0,
  /** It ran, and no request succeeded. */
  nothingSucceeded: 1,
  /** A bug of Pooler's. */
  ownError: 97,
  /** Bad arguments, or a bad file. Nothing was sent. */
  badArguments: 104,
  /** SIGINT or SIGTERM ended the run early, or nobody read its output any more. */
  interrupted: 105,
} as const;

/** How a run ended. */
export interface RunEnd {
  readonly wasInterrupted: boolean;
  readonly hadOwnError: boolean;
  /** Requests that succeeded. */
  readonly ok: number;
}

/** The first that applies: interrupted, own error, nothing succeeded, ran. Bad arguments never come to a run. */
export function exitCodeOf({ wasInterrupted, hadOwnError, ok }: RunEnd): number {
  if (wasInterrupted) return EXIT.interrupted;
  if (hadOwnError) return EXIT.ownError;
  return ok === 0 ? EXIT.nothingSucceeded : EXIT.ran;
}
