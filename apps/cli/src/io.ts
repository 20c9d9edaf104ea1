/** What the command needs of its process. Tests bring their own. */
export interface Io {
  /** Writes one line to stdout; the newline is added. */
  out(line: string): void;
  /** Writes one line to stderr; the newline is added. */
  err(line: string): void;
  /** Writes to stderr as it is; `undefined` where stderr is no terminal. */
  readonly draw: ((text: string) => void) | undefined;
  /** Calls `listener` at each SIGINT or SIGTERM. Returns the function that ends this. */
  onSignal(listener: () => void): () => void;
}
