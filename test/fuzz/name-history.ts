import type { VirtualTransport } from '#libs/testing';

/** So many answers in a row must lack an address before its connections have to go. */
const ANSWERS_WITHOUT = 2;

/** What a name has resolved to, and which connections that retires. */
export class NameHistory {
  /** What the next answer says. */
  addresses: readonly string[];
  /** Where dials lead: a name that has no address now keeps whoever cached it where they were. */
  lastAddresses: readonly string[];
  /** Connections that may carry nothing more. */
  readonly retired = new WeakSet<VirtualTransport>();
  readonly #missed = new WeakMap<VirtualTransport, number>();

  constructor(addresses: readonly string[]) {
    this.addresses = addresses;
    this.lastAddresses = addresses;
  }

  /** @param connected who may be retired by this answer */
  answer(connected: readonly VirtualTransport[]): readonly string[] {
    if (this.addresses.length === 0) return this.addresses;
    this.lastAddresses = this.addresses;
    for (const transport of connected) {
      const isThere = this.addresses.includes(transport.addresses?.remoteAddress ?? '');
      const missed = isThere ? 0 : (this.#missed.get(transport) ?? 0) + 1;
      this.#missed.set(transport, missed);
      if (missed >= ANSWERS_WITHOUT) this.retired.add(transport);
    }
    return this.addresses;
  }
}
