import type { Clock, Timer } from '#libs/kernel';
import type { Transport } from '#libs/pool';
import { PassThroughTransport } from './pass-through-transport.ts';

const PIECE_BYTES = 1024;

/** How the peer ended the wire, while pieces before it were still held. */
type Ending = { readonly kind: 'end' } | { readonly kind: 'close'; readonly error: Error | undefined };

/**
 * Passes on what the peer says in pieces of 1 KiB, each `delayMs` after the one before. It holds what one read brought
 * and reads no further meanwhile, so the peer feels it too.
 */
export class SlowReadTransport extends PassThroughTransport {
  readonly #delayMs: number;
  readonly #clock: Clock;
  readonly #pieces: Buffer[] = [];
  #timer: Timer | undefined;
  #ending: Ending | undefined;
  #isPausedByOwner = false;

  constructor(inner: Transport, delayMs: number, clock: Clock) {
    super(inner);
    this.#delayMs = delayMs;
    this.#clock = clock;
  }

  /** What it still has when the answer is over, bytes or the end of the wire, must not get lost with it. */
  get isHolding(): boolean {
    return this.#pieces.length > 0 || this.#ending !== undefined;
  }

  override onBytes(buffer: Buffer, length: number): void {
    this.inner.pause();
    const held = Buffer.from(buffer.subarray(0, length));
    for (let start = 0; start < length; start += PIECE_BYTES) {
      this.#pieces.push(held.subarray(start, start + PIECE_BYTES));
    }
    this.#arm();
  }

  override onEnd(): void {
    if (this.#pieces.length === 0) super.onEnd();
    else this.#ending = { kind: 'end' };
  }

  override onClose(error: Error | undefined): void {
    if (this.#pieces.length === 0) super.onClose(error);
    else this.#ending = { kind: 'close', error };
  }

  override pause(): void {
    this.#isPausedByOwner = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    super.pause();
  }

  override resume(): void {
    this.#isPausedByOwner = false;
    if (this.#pieces.length === 0) super.resume();
    else this.#arm();
  }

  protected override retire(): void {
    super.retire();
    this.#timer?.cancel();
  }

  #arm(): void {
    if (this.#isPausedByOwner) return;
    this.#timer ??= this.#clock.setTimer(() => this.#next(), this.#delayMs);
  }

  #next(): void {
    this.#timer = undefined;
    const piece = this.#pieces.shift();
    if (this.isOver || piece === undefined) return;
    // Before the last piece is told: whoever hears it may take the wire back, and must get it running.
    if (this.#pieces.length === 0) this.inner.resume();
    else this.#arm();
    this.handler.onBytes(piece, piece.length);
    if (this.isOver || this.#pieces.length > 0) return;
    if (this.#ending?.kind === 'end') super.onEnd();
    else if (this.#ending?.kind === 'close') super.onClose(this.#ending.error);
  }
}
