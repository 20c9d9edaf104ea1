import { PassThroughTransport } from './pass-through-transport.ts';
import { systemError } from './system-error.ts';

/**
 * Passes on what is written in one go, then resets the wire: the peer gets a real RST, and the handler hears what it
 * would hear had the peer sent one.
 */
export class ResetTransport extends PassThroughTransport {
  #hasWritten = false;

  override write(data: Uint8Array | string): boolean {
    if (!this.#hasWritten) {
      this.#hasWritten = true;
      // A handler is never called from inside a call; and until then the rest of the request can follow.
      queueMicrotask(() => this.breakOff(systemError('read', 'ECONNRESET')));
    }
    return super.write(data);
  }
}
