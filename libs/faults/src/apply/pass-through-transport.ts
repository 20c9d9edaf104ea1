import type { ProbeResult, Transport, TransportAddresses, TransportHandler } from '#libs/pool';

/** Stands between a wire and its handler and changes nothing. The faults override what they change. */
export class PassThroughTransport implements Transport, TransportHandler {
  handler: TransportHandler;
  protected readonly inner: Transport;
  #isRetired = false;

  constructor(inner: Transport) {
    this.inner = inner;
    this.handler = inner.handler;
    inner.handler = this;
  }

  /** True once nothing more may be done to the wire: it is closed, or its owner has taken it back. */
  protected get isOver(): boolean {
    return this.#isRetired || this.inner.handler !== this;
  }

  /** Called whenever the wire ends, by either side. */
  protected retire(): void {
    this.#isRetired = true;
  }

  /** Resets the wire, unless it is over, and lets its handler hear that `error` has ended it. */
  protected breakOff(error: Error): void {
    if (this.isOver) return;
    this.reset();
    this.handler.onClose(error);
  }

  get bytesAccepted(): number {
    return this.inner.bytesAccepted;
  }

  get isSending(): boolean {
    return this.inner.isSending;
  }

  get addresses(): TransportAddresses | undefined {
    return this.inner.addresses;
  }

  get dnsMs(): number | undefined {
    return this.inner.dnsMs;
  }

  get tlsMs(): number | undefined {
    return this.inner.tlsMs;
  }

  write(data: Uint8Array | string): boolean {
    return this.inner.write(data);
  }

  pause(): void {
    this.inner.pause();
  }

  resume(): void {
    this.inner.resume();
  }

  get descriptor(): number | undefined {
    return this.inner.descriptor;
  }

  probe(isQuiet?: boolean): ProbeResult {
    return this.inner.probe(isQuiet);
  }

  end(): void {
    this.retire();
    this.inner.end();
  }

  reset(): void {
    this.retire();
    this.inner.reset();
  }

  onConnect(): void {
    this.handler.onConnect();
  }

  onBytes(buffer: Buffer, length: number): void {
    this.handler.onBytes(buffer, length);
  }

  onDrain(): void {
    this.handler.onDrain();
  }

  onEnd(): void {
    this.handler.onEnd();
  }

  onClose(error: Error | undefined): void {
    this.retire();
    this.handler.onClose(error);
  }
}
