/** OpenSSL's sessions hold the peer's certificates; this is far above any honest one. */
const MAX_TICKET_BYTES = 64 * 1024;

/**
 * The last session of one origin, so that the next handshake is short (RFC 8446 section 2.2, RFC 5077). One is enough: each
 * connection brings a newer one. A resumed session skips the check of the certificate, so only sessions of connections that
 * passed it may come in here, and a cache must never serve two hosts or two sets of TLS options.
 */
export class SessionCache {
  #ticket: Buffer | undefined;

  get ticket(): Buffer | undefined {
    return this.#ticket;
  }

  keep(ticket: Buffer): void {
    if (ticket.length <= MAX_TICKET_BYTES) this.#ticket = ticket;
  }

  /** A handshake that offered `ticket` failed: the next one is made in full. A newer ticket stays. */
  drop(ticket: Buffer | undefined): void {
    if (this.#ticket === ticket) this.#ticket = undefined;
  }
}
