/** One end of a proxied connection, as its links see it. `net.Socket` stands behind it. */
export interface Wire {
  /**
   * Takes bytes to send. Returns whether it wants more at once; if not, it calls the link's `onDrain`. `whenSent` is
   * called, on a later turn, when the system has taken these bytes.
   */
  write(bytes: Buffer, whenSent?: () => void): boolean;
  /** Sends FIN behind what was written; reading goes on. */
  end(): void;
  /** Stops and starts the bytes that come in. */
  pause(): void;
  resume(): void;
}
