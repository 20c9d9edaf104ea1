import { Buffer } from 'node:buffer';
import type {
  Connector,
  ProbeResult,
  TcpInfo,
  Transport,
  TransportAddresses,
  TransportHandler,
} from '#libs/pool';
import { systemError } from './system-error.ts';

/**
 * A wire whose other end is the test: it says when the dial connects, what comes in and what a look finds. As with a real
 * one, nothing comes from a wire that is over, and nothing goes into it.
 */
export class ScriptedTransport implements Transport {
  handler: TransportHandler;
  readonly descriptor = undefined;
  readonly addresses: TransportAddresses = { remoteAddress: '192.0.2.1', remotePort: 80, localPort: 40_000 };
  /** Everything written, latin1. */
  sent = '';
  bytesAccepted = 0;
  /** While true, what is written waits in this process, and the kernel accepts nothing. */
  isSending = false;
  isPaused = false;
  /** What the next looks find. */
  probeResult: ProbeResult = 'alive';
  /** What the kernel knows of the way to the peer; left out, it can't be asked. */
  tcpInfo: (() => TcpInfo) | undefined = undefined;
  life: 'dialing' | 'connected' | 'ended' | 'reset' | 'lost' = 'dialing';

  constructor(handler: TransportHandler) {
    this.handler = handler;
  }

  get isOver(): boolean {
    return this.life !== 'dialing' && this.life !== 'connected';
  }

  /** Method and target of each request that was sent. */
  get requestLines(): string[] {
    return Array.from(this.sent.matchAll(/^(\S+ \S+) HTTP\/1\.1\r$/gm), ([, line]) => line ?? '');
  }

  // What the test does.

  connect(): void {
    if (this.life !== 'dialing') return;
    this.life = 'connected';
    this.handler.onConnect();
  }

  /** The dial fails, or the connection is lost, with a system error like `ECONNREFUSED`. */
  fail(code: string, syscall = this.life === 'dialing' ? 'connect' : 'read'): void {
    if (this.isOver) return;
    this.life = 'lost';
    this.handler.onClose(systemError(syscall, code));
  }

  /** Bytes come in, latin1. A paused wire brings none: there the test is wrong. */
  receive(text: string): void {
    if (this.life !== 'connected' || text === '') return;
    if (this.isPaused) throw new Error('the wire is paused');
    const bytes = Buffer.from(text, 'latin1');
    this.handler.onBytes(bytes, bytes.length);
  }

  /** A whole response with this body. */
  respond(body = 'ok', statusCode = 200, fields = ''): void {
    this.receive(`HTTP/1.1 ${statusCode} Text\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`);
  }

  /** The kernel takes what waited. */
  drain(): void {
    if (this.life !== 'connected') return;
    this.isSending = false;
    this.bytesAccepted = this.sent.length;
    this.handler.onDrain();
  }

  /** The peer sends FIN. */
  finish(): void {
    if (this.life !== 'connected') return;
    this.handler.onEnd();
  }

  // What the pool does.

  write(data: Uint8Array | string): boolean {
    if (this.life !== 'connected') return true;
    this.sent += typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
    if (!this.isSending) this.bytesAccepted += data.length;
    return !this.isSending;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  probe(): ProbeResult {
    return this.isOver ? 'reset' : this.probeResult;
  }

  end(): void {
    if (!this.isOver) this.life = 'ended';
  }

  reset(): void {
    if (!this.isOver) this.life = 'reset';
  }
}

/** Hands out wires that the test drives, in the order they were dialled. */
export class ScriptedConnector implements Connector {
  readonly dialled: ScriptedTransport[] = [];

  dial(handler: TransportHandler): ScriptedTransport {
    const transport = new ScriptedTransport(handler);
    this.dialled.push(transport);
    return transport;
  }

  /** The wire dialled as number `index`, from 0. */
  wire(index: number): ScriptedTransport {
    const transport = this.dialled[index];
    if (!transport) throw new Error(`only ${this.dialled.length} wires were dialled`);
    return transport;
  }
}
