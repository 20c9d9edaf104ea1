import { PassThroughTransport } from './pass-through-transport.ts';

/** Delivers half of the first bytes of the response, rounded down, and then a FIN instead of the rest. */
export class DropTransport extends PassThroughTransport {
  override onBytes(buffer: Buffer, length: number): void {
    const half = Math.floor(length / 2);
    if (half > 0) this.handler.onBytes(buffer, half);
    if (this.isOver) return;
    this.end();
    this.handler.onEnd();
  }
}
