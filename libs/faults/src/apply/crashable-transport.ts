import type { ProbeResult, Transport } from '#libs/pool';
import { PassThroughTransport } from './pass-through-transport.ts';
import { systemError } from './system-error.ts';

/** A wire that a crash can cut. It stands in `open` for as long as it is open. */
export class CrashableTransport extends PassThroughTransport {
  readonly #open: Set<CrashableTransport>;
  readonly #takeLie: () => boolean;
  #state: 'dialing' | 'connected' | 'cut' = 'dialing';

  /** @param takeLie whether the look that is taken now shall find an RST that is not there */
  constructor(inner: Transport, open: Set<CrashableTransport>, takeLie: () => boolean) {
    super(inner);
    this.#takeLie = takeLie;
    this.#open = open;
    open.add(this);
  }

  override onConnect(): void {
    this.#state = 'connected';
    super.onConnect();
  }

  override write(data: Uint8Array | string): boolean {
    return this.#state !== 'cut' && super.write(data);
  }

  override probe(isQuiet?: boolean): ProbeResult {
    return this.#state === 'cut' || this.#takeLie() ? 'reset' : super.probe(isQuiet);
  }

  /** Cuts the wire now. Its handler hears of it in a microtask; until then it behaves as a wire that got an RST. */
  crash(): void {
    if (this.#state === 'cut') return;
    const isConnected = this.#state === 'connected';
    this.#state = 'cut';
    if (isConnected) this.inner.reset();
    else this.inner.end();
    const error = isConnected ? systemError('read', 'ECONNRESET') : systemError('connect', 'ECONNREFUSED');
    queueMicrotask(() => {
      if (!this.isOver) this.onClose(error);
    });
  }

  protected override retire(): void {
    super.retire();
    this.#open.delete(this);
  }
}
