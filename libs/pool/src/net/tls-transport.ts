import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '#libs/kernel';
import type { ProbeResult, TransportHandler } from '../transport.ts';
import type { Validation } from '../validation/tier.ts';
import { NetTransport, handleOf, type SocketHandle } from './net-transport.ts';
import type { Route } from './route.ts';
import type { SessionCache } from './session-cache.ts';
import { explainTlsError, wrongProtocol } from './tls-error.ts';

/** Node hands at least this much ciphertext to TCP at once (ten buffers of 16 KiB, but for the first). */
const ONE_GO_BYTES = 64 * 1024;

/** A TLS connection behind the transport seam. Its probe looks at the socket below, where bytes are records of TLS. */
export class TlsTransport extends NetTransport {
  readonly #sessions: SessionCache;
  /** The session that this handshake offers to resume. */
  readonly session: Buffer | undefined;
  /** The handle below that of TLS. */
  #tcp: SocketHandle | undefined;
  #handshake:
    | { readonly name: 'not-begun' }
    | { readonly name: 'under-way'; readonly sinceMs: number }
    | { readonly name: 'done'; readonly tookMs: number } = { name: 'not-begun' };

  constructor(
    handler: TransportHandler,
    validation: Validation,
    clock: Clock,
    sessions: SessionCache,
    route?: Route,
  ) {
    super(handler, validation, clock, route);
    this.#sessions = sessions;
    this.session = sessions.ticket;
  }

  attachTls(socket: TLSSocket): void {
    let early: Buffer | undefined;
    socket.on('session', (ticket) => {
      // TLS 1.2 has its ticket before the certificate is judged, and resuming would skip that judgement.
      if (this.#handshake.name === 'done') this.#sessions.keep(ticket);
      else early = ticket;
    });
    socket.on('secureConnect', () => {
      if (this.isOver) return;
      const picked = socket.alpnProtocol;
      if (typeof picked === 'string' && picked !== 'http/1.1') {
        socket.destroy(wrongProtocol(picked));
        return;
      }
      this.#handshake = { name: 'done', tookMs: this.tlsMs ?? 0 };
      if (early) this.#sessions.keep(early);
      this.handler.onConnect();
    });
    // An alert after the handshake leaves the socket open, as if only its end had come.
    socket.on('error', (error) => socket.destroy(error));
    this.attach(socket);
  }

  get tlsMs(): number | undefined {
    const handshake = this.#handshake;
    if (handshake.name === 'under-way') return this.clock.nowMs() - handshake.sinceMs;
    return handshake.name === 'done' ? handshake.tookMs : undefined;
  }

  /**
   * How much of the ciphertext the kernel has taken is known, but not how much plaintext that is: while anything waits, all
   * of it counts as accepted, so that nothing is sent twice by mistake.
   */
  override get bytesAccepted(): number {
    return this.bytesGiven;
  }

  /**
   * Node calls a write of TLS done in a later phase of the loop, which the response may overtake. What OpenSSL passes on in
   * one go is on its way as soon as TCP's queue is empty.
   */
  override get isSending(): boolean {
    const { bytesWaiting } = this;
    return bytesWaiting > ONE_GO_BYTES || (bytesWaiting > 0 && this.#tcp?.writeQueueSize !== 0);
  }

  /**
   * Before the first request the peer's session tickets may be on their way (RFC 8446 section 4.6.1): only TLS can tell
   * them from other bytes, and it reads them in the next turn of the loop. After it, any byte condemns the connection.
   */
  override probe(isQuiet?: boolean): ProbeResult {
    if (isQuiet || this.bytesGiven > 0) return super.probe(isQuiet);
    // This tier would take a byte out of a record.
    if (this.validation.tier === 'read') return 'unknown';
    const found = super.probe();
    return found === 'bytes' ? 'unknown' : found;
  }

  /** Node resets plain sockets only: here the TCP handle below is closed with RST as Node closes the one above it. */
  protected override cut(socket: Socket): void {
    const tcp = this.#tcp;
    if (tcp?.reset) tcp.close = tcp.reset;
    socket.destroy();
  }

  protected override onConnected(): void {
    this.#tcp = this.handle && handleOf(this.handle, '_parent');
    this.#handshake = { name: 'under-way', sinceMs: this.clock.nowMs() };
  }

  protected override onEnded(): void {
    // During the handshake Node makes an error of it.
    if (this.#handshake.name === 'done') super.onEnded();
  }

  protected override onClosed(failure: Error | undefined): void {
    if (this.#handshake.name !== 'done') this.#sessions.drop(this.session);
    super.onClosed(failure && explainTlsError(failure));
  }
}
