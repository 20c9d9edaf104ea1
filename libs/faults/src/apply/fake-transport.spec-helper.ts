import type { Connector, ProbeResult, Transport, TransportHandler } from '#libs/pool';

/** A wire without a network: it notes what is done to it, and the test speaks for the peer through `handler`. */
export class FakeTransport implements Transport {
  handler: TransportHandler;
  readonly calls: string[] = [];
  bytesAccepted = 0;
  isSending = false;
  readonly descriptor = undefined;
  readonly addresses = { remoteAddress: '127.0.0.1', remotePort: 8080, localPort: 50_000 };

  constructor(handler: TransportHandler) {
    this.handler = handler;
  }

  write(data: Uint8Array | string): boolean {
    this.calls.push(`write ${typeof data === 'string' ? data : Buffer.from(data).toString('latin1')}`);
    this.bytesAccepted += data.length;
    return !this.isSending;
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }

  probe(): ProbeResult {
    return 'alive';
  }

  end(): void {
    this.calls.push('end');
  }

  reset(): void {
    this.calls.push('reset');
  }

  /** The peer sends `text`. */
  receive(text: string): void {
    this.handler.onBytes(Buffer.from(text, 'latin1'), text.length);
  }
}

/** Notes what it hears. */
export class HearingHandler implements TransportHandler {
  readonly heard: string[] = [];
  error: Error | undefined;

  onConnect(): void {
    this.heard.push('connect');
  }

  onBytes(buffer: Buffer, length: number): void {
    this.heard.push(`bytes ${buffer.toString('latin1', 0, length)}`);
  }

  onDrain(): void {
    this.heard.push('drain');
  }

  onEnd(): void {
    this.heard.push('end');
  }

  onClose(error: Error | undefined): void {
    this.heard.push('close');
    this.error = error;
  }
}

/** Hands out fake wires and keeps them. */
export class FakeConnector implements Connector {
  readonly dialled: FakeTransport[] = [];

  dial(handler: TransportHandler): Transport {
    const transport = new FakeTransport(handler);
    this.dialled.push(transport);
    return transport;
  }
}
