import type { Clock, Timer } from '#libs/kernel';
import type { Transport } from '#libs/pool';
import { PassThroughTransport } from './pass-through-transport.ts';

type Hold =
  | { readonly state: 'ahead' }
  | { readonly state: 'holding'; readonly timer: Timer; readonly writes: (Uint8Array | string)[] }
  | { readonly state: 'past' };

/**
 * Holds the first write back for `delayMs`, or the rest of it, and later writes behind it. What the peer says in the
 * meantime passes.
 * `write` returns false while it holds, so that the writer's own backpressure bounds what waits.
 */
export class LatencyTransport extends PassThroughTransport {
  readonly #delayMs: number;
  readonly #clock: Clock;
  readonly #share: number;
  #hold: Hold = { state: 'ahead' };

  /** @param share how much of the first write leaves at once, 0 to 1 */
  constructor(inner: Transport, delayMs: number, clock: Clock, share = 0) {
    super(inner);
    this.#share = share;
    this.#delayMs = delayMs;
    this.#clock = clock;
  }

  override get isSending(): boolean {
    return this.#hold.state === 'holding' || this.inner.isSending;
  }

  override write(data: Uint8Array | string): boolean {
    if (this.#hold.state === 'past') return this.inner.write(data);
    if (this.#hold.state === 'holding') {
      this.#hold.writes.push(data);
    } else {
      const timer = this.#clock.setTimer(() => this.#release(), this.#delayMs);
      const atOnce = Math.floor(data.length * this.#share);
      if (atOnce > 0) this.inner.write(data.slice(0, atOnce));
      this.#hold = { state: 'holding', timer, writes: [data.slice(atOnce)] };
    }
    return false;
  }

  override onDrain(): void {
    if (this.#hold.state !== 'holding') super.onDrain();
  }

  protected override retire(): void {
    super.retire();
    if (this.#hold.state === 'holding') this.#hold.timer.cancel();
  }

  #release(): void {
    if (this.isOver || this.#hold.state !== 'holding') return;
    const { writes } = this.#hold;
    this.#hold = { state: 'past' };
    for (const data of writes) this.inner.write(data);
    if (!this.inner.isSending) this.handler.onDrain();
  }
}
