import type { Buffer } from 'node:buffer';

/** Hears the far end of one connection. */
export interface PeerHandler {
  onBytes(bytes: Buffer): void;
  /** The client closed, in good order or not. The last call, unless the peer closed before. */
  onGone(how: 'fin' | 'reset'): void;
}

/** The far end of one connection, as a server holds it. Text is latin1. */
export interface PeerSocket {
  handler: PeerHandler;
  readonly isOpen: boolean;
  write(data: string | Buffer): void;
  /** Closes in both directions: FIN goes out, and whatever comes in from now on is answered by an RST. */
  end(): void;
  reset(): void;
  /** Stops reading: what the client sends fills the window, and then waits in the client. */
  pause(): void;
  resume(): void;
}
