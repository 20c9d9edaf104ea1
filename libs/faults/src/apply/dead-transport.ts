import { PassThroughTransport } from './pass-through-transport.ts';
import { systemError } from './system-error.ts';

/** A wire that its peer has left without a word: what is written is refused, and nothing of it gets into the kernel. */
export class DeadTransport extends PassThroughTransport {
  #isDying = false;

  override write(): boolean {
    if (!this.#isDying) {
      this.#isDying = true;
      // A handler is never called from inside a call.
      queueMicrotask(() => this.breakOff(systemError('write', 'EPIPE')));
    }
    return true;
  }
}
