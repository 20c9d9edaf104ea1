import { invariant, type Clock, type ErrorCode, type Linked, type PoolCounts } from '#libs/kernel';
import {
  ProtocolViolation,
  ResponseParser,
  type HeadMemo,
  type ResponseHead,
  type ResponseSink,
} from '#libs/http1';
import { BodySender, type SendingListener } from './body-sender.ts';
import { assertMove, type CloseReason, type ConnectionState } from './connection-state.ts';
import { progressOf, timeoutOf } from './exchange-end.ts';
import type { Lifespan } from './lifespan.ts';
import type { AgingConnection } from './maintain.ts';
import { isUnreachable } from './peer-watch.ts';
import { codeOfLostConnection, systemFacts } from './system-errors.ts';
import type { Exchange, ExchangeErrorFacts } from './exchange.ts';
import type { ResolvedPoolOptions } from './options.ts';
import type { RequestStream } from './request-stream.ts';
import type { Connector, ProbeResult, Transport, TransportAddresses, TransportHandler } from './transport.ts';
import { writeRequest } from './write-request.ts';

/** Who keeps a connection and decides what it does next. */
export interface ConnectionOwner {
  readonly origin: string;
  readonly counts: PoolCounts;
  /** Its due time is now `atMs`, perhaps earlier than before. */
  wakeBy(atMs: number): void;
  /** It stands, or its exchange is over: it is idle now and may serve again. */
  onIdle(connection: Connection, nowMs: number): void;
  /** It is closed. `error` is what ended a dial or a wire, where there was something. */
  onClosed(
    connection: Connection,
    from: ConnectionState,
    reason: CloseReason,
    error: Error | undefined,
  ): void;
}

/** One connection: its wire, its parser, and at most one exchange at a time (no pipelining). */
export class Connection
  implements TransportHandler, ResponseSink, SendingListener, AgingConnection, Linked<Connection>
{
  previous: Connection | undefined = undefined;
  next: Connection | undefined = undefined;
  queue: object | undefined = undefined;

  readonly id: number;
  readonly dialledAtMs: number;
  /** The exchange that waited for this dial when it began, for the record. */
  dialledFor: Exchange | undefined = undefined;
  connectedAtMs = 0;
  exchangesServed = 0;
  /** The last round of questions in which the kernel said that nothing has happened on it. The idle stack's. */
  quietRound = 0;
  readonly lifespan: Lifespan;
  readonly #owner: ConnectionOwner;
  readonly #options: ResolvedPoolOptions;
  readonly #clock: Clock;
  readonly #parser: ResponseParser;
  readonly #transport: Transport;
  /** The transport, or what stands between it and the present exchange. */
  #wire: Transport;
  #acceptedBefore = 0;
  #found: ProbeResult | undefined = undefined;
  #isPaused = false;
  /** Sends the body of the present exchange, where that is a stream. */
  #sender: BodySender | undefined = undefined;
  #state: ConnectionState;

  constructor(
    id: number,
    connector: Connector,
    owner: ConnectionOwner,
    options: ResolvedPoolOptions,
    clock: Clock,
    memo: HeadMemo,
    lifespan: Lifespan,
  ) {
    const nowMs = clock.nowMs();
    this.id = id;
    this.dialledAtMs = nowMs;
    this.#owner = owner;
    this.#options = options;
    this.lifespan = lifespan;
    this.#clock = clock;
    this.#parser = new ResponseParser(this, options, memo);
    this.#state = { name: 'dialing', dueAtMs: nowMs + options.connectTimeoutMs };
    this.#transport = connector.dial(this);
    this.#wire = this.#transport;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get idleSinceMs(): number {
    return this.#state.name === 'idle' ? this.#state.sinceMs : Infinity;
  }

  get addresses(): TransportAddresses | undefined {
    return this.#transport.addresses;
  }

  /** How long its name took to resolve; `undefined` where there was none. */
  get dnsMs(): number | undefined {
    return this.#transport.dnsMs;
  }

  /** How long its TLS handshake took, or has taken so far; `undefined` where none has begun. */
  get tlsMs(): number | undefined {
    return this.#transport.tlsMs;
  }

  /** When somebody has to look at it; an idle connection's age is the pool's business. */
  get dueAtMs(): number {
    const state = this.#state;
    if (state.name === 'leased') return state.exchange.dueAtMs;
    return state.name === 'dialing' ? state.dueAtMs : Infinity;
  }

  /** It is closed as soon as it is idle, and never lent again. */
  retire(reason: CloseReason): void {
    this.lifespan.retire(reason);
    if (this.#state.name === 'idle') this.close(reason);
  }

  /** Takes an idle connection out of circulation. */
  reserve(): void {
    this.#move({ name: 'reserved' });
  }

  /** Puts a reserved connection back. */
  unreserve(idleSinceMs: number): void {
    this.#move({ name: 'idle', sinceMs: idleSinceMs });
  }

  get descriptor(): number | undefined {
    return this.#transport.descriptor;
  }

  /** @param isQuiet the kernel was asked just now, and nothing has happened on its wire */
  probe(isQuiet = false): ProbeResult {
    this.#found = this.#transport.probe(isQuiet);
    return this.#found;
  }

  /** Carries `exchange` from now on. Only an idle connection can. */
  lease(exchange: Exchange, nowMs: number): void {
    this.#move({ name: 'leased', exchange });
    const { request } = exchange;
    exchange.connection = this;
    exchange.connectionId = this.id;
    exchange.reused = this.exchangesServed > 0;
    exchange.probe = this.#found;
    if (!exchange.reused) {
      exchange.dialledAtMs = this.dialledAtMs;
      exchange.connectedAtMs = this.connectedAtMs;
      exchange.dnsMs = this.dnsMs ?? 0;
      exchange.tlsMs = this.tlsMs ?? 0;
    }
    exchange.addresses = this.#transport.addresses;
    exchange.leasedAtMs = nowMs;
    exchange.phase = 'wait';
    exchange.phaseDueAtMs = nowMs + this.#options.headersTimeoutMs;
    exchange.hardDueAtMs = Math.min(request.deadlineAtMs, nowMs + request.attemptTimeoutMs);
    this.exchangesServed += 1;
    this.#parser.begin(request.method);
    if (exchange.interposer) {
      this.#wire = exchange.interposer.interpose(this.#transport, this.id);
      this.#wire.handler = this;
    }
    this.#acceptedBefore = this.#wire.bytesAccepted;
    writeRequest(this.#wire, exchange.head, request.body);
    if (request.stream) this.#sendStream(request.stream, exchange, nowMs);
    else exchange.sentAtMs = nowMs;
  }

  pause(): void {
    if (this.#state.name !== 'leased') return;
    this.#isPaused = true;
    const dueAtMs = this.#clock.nowMs() + this.#options.unreadTimeoutMs;
    this.#state.exchange.phaseDueAtMs = dueAtMs;
    this.#owner.wakeBy(dueAtMs);
    this.#wire.pause();
  }

  resume(): void {
    if (this.#state.name !== 'leased' || !this.#isPaused) return;
    this.#isPaused = false;
    this.#awaitPiece(this.#state.exchange, this.#clock.nowMs());
    this.#wire.resume();
  }

  /** Closes in good order. A running exchange must have been ended before. */
  close(reason: CloseReason): void {
    this.#leave(reason, undefined);
    this.#wire.end();
  }

  /** Cuts the wire and fails the running exchange, if there is one. */
  abandon(code: ErrorCode, message: string, reason: CloseReason, about?: Partial<ExchangeErrorFacts>): void {
    const state = this.#state;
    if (state.name !== 'leased') {
      if (state.name !== 'closed') this.close(reason);
      return;
    }
    const { exchange } = state;
    this.#noteBytesWritten(exchange);
    // Nobody looks before: what the kernel has not taken is not sent.
    if (exchange.phase === 'wait' && this.#wire.isSending) exchange.phase = 'send';
    this.#stopSending();
    const error = exchange.error(code, message, {
      ...about,
      origin: this.#owner.origin,
      pool: this.#owner.counts,
    });
    this.#leave(reason, undefined);
    this.#wire.reset();
    exchange.fail(error, this.#clock.nowMs());
  }

  /** Whether the kernel can be asked if its peer is still reached. */
  get canTellUnreachable(): boolean {
    return this.#transport.tcpInfo !== undefined;
  }

  /** Ends the exchange whose bytes go into a hole. */
  giveUpIfUnreachable(): void {
    const info = this.#transport.tcpInfo?.();
    if (this.#state.name !== 'leased' || !info || !isUnreachable(info)) return;
    const sentence = `the peer acknowledged nothing for ${info.lastAckReceivedMs} ms and ${info.retransmits} retransmissions`;
    this.abandon('PLR_PEER_UNREACHABLE', sentence, 'peer-unreachable', { errno: 'ETIMEDOUT' });
  }

  /** Ends what took too long. */
  onDue(nowMs: number): void {
    const state = this.#state;
    if (state.name === 'dialing') {
      this.#leave('dial-timeout', undefined);
      this.#wire.reset();
    } else if (state.name === 'leased') {
      const { exchange } = state;
      if (this.#isPaused && nowMs < exchange.hardDueAtMs) {
        // A slow reader may be as slow as it likes; whether there is one is the listener's to say.
        exchange.phaseDueAtMs = Infinity;
        exchange.listener.onStalled?.();
        return;
      }
      const [code, message] = timeoutOf(exchange, nowMs, this.#options, this.#sender);
      this.abandon(code, message, 'timeout', { errno: 'ETIMEDOUT' });
    }
  }

  // The wire speaks.

  onConnect(): void {
    const nowMs = this.#clock.nowMs();
    this.connectedAtMs = nowMs;
    this.#move({ name: 'idle', sinceMs: nowMs });
    this.#owner.onIdle(this, nowMs);
  }

  onBytes(buffer: Buffer, length: number): void {
    const state = this.#state;
    if (state.name !== 'leased') {
      // Nobody asked: whatever it is, it must not become the answer to the next request.
      this.close('unsolicited-bytes');
      return;
    }
    const { exchange } = state;
    const nowMs = this.#clock.nowMs();
    if (exchange.responseBytesRead === 0) exchange.firstByteAtMs = nowMs;
    exchange.responseBytesRead += length;
    exchange.phase = 'receive';
    let eaten: number;
    try {
      eaten = this.#parser.execute(buffer, 0, length);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    // The listener may have ended the exchange meanwhile.
    if (this.#state !== state) return;
    if (this.#parser.isComplete) this.#finish(exchange, eaten === length, nowMs);
    else if (exchange.statusCode !== 0 && !this.#isPaused) this.#awaitPiece(exchange, nowMs);
  }

  onDrain(): void {
    this.#sender?.onDrain();
  }

  onEnd(): void {
    const state = this.#state;
    if (state.name !== 'leased') {
      this.#leave('peer-fin', undefined);
      this.#wire.end();
      return;
    }
    try {
      this.#parser.finish();
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.abandon(
        'PLR_CLOSED_BY_PEER',
        `the peer closed the connection (FIN) ${progressOf(state.exchange)}`,
        'peer-fin',
      );
      return;
    }
    this.#finish(state.exchange, false, this.#clock.nowMs());
  }

  onClose(error: Error | undefined): void {
    const state = this.#state;
    if (state.name === 'leased') {
      const code = codeOfLostConnection(error);
      const what = code === 'PLR_RESET' ? 'was reset' : 'was lost';
      this.abandon(
        code,
        `the connection ${what} ${progressOf(state.exchange)}`,
        lossReason(error),
        systemFacts(error),
      );
    } else {
      this.#leave(state.name === 'dialing' ? 'dial-failed' : lossReason(error), error);
    }
  }

  // The sender of a streamed body speaks.

  onBodyMoved(): void {
    if (this.#state.name === 'leased' && !this.#isPaused)
      this.#awaitPiece(this.#state.exchange, this.#clock.nowMs());
  }

  onBodySent(): void {
    if (this.#state.name !== 'leased') return;
    const { exchange } = this.#state;
    const nowMs = this.#clock.nowMs();
    exchange.sentAtMs = nowMs;
    if (this.#isPaused) return;
    if (exchange.statusCode !== 0) return this.#awaitPiece(exchange, nowMs);
    exchange.phase = 'wait';
    exchange.phaseDueAtMs = nowMs + this.#options.headersTimeoutMs;
    return this.#owner.wakeBy(exchange.phaseDueAtMs);
  }

  onBodyFailed(message: string, cause: unknown): void {
    this.abandon('PLR_BODY_SOURCE', message, 'aborted', { cause });
  }

  // The parser speaks.

  onInformational(head: ResponseHead): void {
    // An interim response (RFC 9110 section 15.2) changes nothing for the exchange.
    if (this.#state.name === 'leased') this.#state.exchange.listener.onInformational?.(head);
  }

  onHead(head: ResponseHead): void {
    const exchange = this.#leasedExchange();
    exchange.statusCode = head.statusCode;
    // The peer refuses: it does not want the rest of the body (RFC 9112 section 9.5).
    if (head.statusCode >= 400 && this.#sender?.isSent === false) this.#sender.stop();
    exchange.listener.onHead(head, this.#parser.contentLength);
  }

  onBody(buffer: Buffer, start: number, end: number): void {
    // The listener may have ended the exchange while it heard the head.
    if (this.#state.name === 'leased') this.#state.exchange.listener.onBody(buffer, start, end);
  }

  onTrailers(rawTrailers: string[]): void {
    if (this.#state.name === 'leased') this.#state.exchange.rawTrailers = rawTrailers;
  }

  #leasedExchange(): Exchange {
    const state = this.#state;
    invariant(state.name === 'leased', 'a response came for no exchange');
    return state.exchange;
  }

  #sendStream(stream: RequestStream, exchange: Exchange, nowMs: number): void {
    exchange.phase = 'send';
    exchange.phaseDueAtMs = nowMs + this.#options.bodyTimeoutMs;
    this.#sender = new BodySender(stream, exchange.request.streamLength, this.#wire, this, this.#clock);
    void this.#sender.run();
  }

  #stopSending(): void {
    this.#sender?.stop();
    this.#sender = undefined;
  }

  /** The next piece of the body is due within bodyTimeoutMs: earlier, perhaps, than what was due before. */
  #awaitPiece(exchange: Exchange, nowMs: number): void {
    exchange.phaseDueAtMs = nowMs + this.#options.bodyTimeoutMs;
    this.#owner.wakeBy(exchange.phaseDueAtMs);
  }

  /** The response is complete: back to the pool, or closed when what follows can't be trusted. */
  #finish(exchange: Exchange, isClean: boolean, nowMs: number): void {
    const hint = this.#parser.keepAliveHint;
    if (hint) this.lifespan.heed(hint, this.exchangesServed);
    const reason = this.#reasonNotToReuse(exchange, isClean, nowMs);
    this.#noteBytesWritten(exchange);
    this.#stopSending();
    this.#wire = this.#transport;
    this.#transport.handler = this;
    if (this.#isPaused) this.resume();
    if (reason === undefined) {
      this.#move({ name: 'idle', sinceMs: nowMs });
      this.#owner.onIdle(this, nowMs);
    } else {
      this.close(reason);
    }
    exchange.complete(nowMs);
  }

  #reasonNotToReuse(exchange: Exchange, isClean: boolean, nowMs: number): CloseReason | undefined {
    if (!this.#parser.keepAlive || exchange.request.asksClose) return 'asked-to-close';
    const ended = this.lifespan.endedBy(this.exchangesServed, nowMs);
    if (ended) return ended;
    if (!isClean) return 'unsolicited-bytes';
    if (this.#wire !== this.#transport && this.#wire.isHolding === true) return 'unsolicited-bytes';
    // The answer came before the whole request had left: the rest would still go out on the connection.
    const isSent = this.#sender?.isSent ?? true;
    return isSent && !this.#wire.isSending ? undefined : 'still-sending';
  }

  #refuse(error: unknown): void {
    if (!(error instanceof ProtocolViolation)) throw error;
    this.abandon('PLR_PROTOCOL', `the response breaks HTTP/1.1: ${error.message}`, 'protocol', {
      cause: error,
    });
  }

  #noteBytesWritten(exchange: Exchange): void {
    exchange.requestBytesWritten = Math.max(0, this.#wire.bytesAccepted - this.#acceptedBefore);
  }

  #move(to: ConnectionState): void {
    assertMove(this.#state, to);
    this.#state = to;
  }

  #leave(reason: CloseReason, error: Error | undefined): void {
    const from = this.#state;
    this.#move({ name: 'closed', reason });
    this.#owner.onClosed(this, from, reason, error);
  }
}

/** Why a connection that stood is gone. */
function lossReason(error: Error | undefined): CloseReason {
  if (!error) return 'peer-fin';
  return codeOfLostConnection(error) === 'PLR_PEER_UNREACHABLE' ? 'peer-unreachable' : 'peer-reset';
}
