/** So many answers in a row must lack an address before it counts as gone: large sets are answered in turns. */
const ANSWERS_WITHOUT = 2;

/**
 * Follows what a name resolves to, for the sake of connections that outlive an answer: keep-alive would hold on to a server
 * that was taken out of service for as long as it lives. No clock and no resolver of its own.
 */
export class NameWatch {
  /** Addresses in use that the last answers lacked, and how many of them did in a row. */
  readonly #missing = new Map<string, number>();

  /**
   * Returns the addresses in use that have left the answer. An empty answer says nothing.
   * @param answer the addresses that the name has now
   * @param inUse those that connections lead to
   */
  onAnswer(answer: readonly string[], inUse: ReadonlySet<string>): ReadonlySet<string> {
    const gone = new Set<string>();
    if (answer.length === 0) return gone;
    for (const address of this.#missing.keys()) if (!inUse.has(address)) this.#missing.delete(address);
    for (const address of inUse) {
      if (answer.includes(address)) {
        this.#missing.delete(address);
        continue;
      }
      const times = (this.#missing.get(address) ?? 0) + 1;
      this.#missing.set(address, times);
      if (times >= ANSWERS_WITHOUT) gone.add(address);
    }
    return gone;
  }
}
