import { PassThroughTransport } from './pass-through-transport.ts';

/**
 * A network that swallows everything without a word. Writes count as accepted, since a real kernel would have taken
 * them; and the end of the wire is hidden too, since a FIN or an RST would have to cross that same network. The caller
 * learns nothing until its own timeout ends the transport.
 */
export class BlackHoleTransport extends PassThroughTransport {
  #swallowedBytes = 0;

  override get bytesAccepted(): number {
    return this.inner.bytesAccepted + this.#swallowedBytes;
  }

  override write(data: Uint8Array | string): boolean {
    this.#swallowedBytes += data.length;
    return true;
  }

  override onBytes(): void {}

  override onEnd(): void {}

  override onClose(): void {}
}
