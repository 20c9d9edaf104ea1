import type { Clock, Timer } from '#libs/kernel';
import {
  RequestReader,
  renderAnswer,
  type AnswerFraming,
  type RequestHead,
  type VirtualSocket,
} from '#libs/testing';
import type { Dice } from './dice.ts';
import { drawAnswer, type AnswerKind, type DrawnAnswer, type SentAnswer } from './drawn-answer.ts';
import { KeepAliveWord } from './keep-alive-word.ts';
import { CALM, type Weather } from './weather.ts';

/** What must hold of a client, seen from its server. */
export interface ServerListener {
  onBug(sentence: string): void;
  onEvent(event: string): void;
  /** What the body of the request with this token must be; `undefined` where it can't come in whole. */
  bodyOf(token: string): string | undefined;
}

/** What a server is, whatever the weather. */
export interface ServerNature {
  /** Whom every request must be for. */
  readonly host: string;
  /** Whether it says how long it keeps connections. */
  readonly hasHints: boolean;
  /** The share of answers after which the connection can't be used again. */
  readonly closingRate: number;
  /** It keeps idle connections for so long whatever the weather. */
  readonly leastKeepAliveMs: number;
}

/** An answer that nobody asked for. */
export const FOREIGN_ANSWER = 'HTTP/1.1 200 OK\r\nX-Token: foreign\r\nContent-Length: 7\r\n\r\nforeign';

/** A server that answers as the weather has it. Every answer names the request it is for, and itself. */
export class ChaosServer {
  /** Of the whole origin: how a dial goes depends on it too. */
  weather: Weather = CALM;
  readonly nature: ServerNature;
  /** By their number. */
  readonly answers: SentAnswer[] = [];
  /** Connections on which no other request may come: an answer said so, or something came behind it. */
  readonly finished = new WeakSet<VirtualSocket>();
  /** What it has said about a connection, where it has said something. */
  readonly words = new WeakMap<VirtualSocket, KeepAliveWord>();
  readonly #clock: Clock;
  readonly #dice: Dice;
  readonly #listener: ServerListener;
  readonly #connections = new Set<ChaosConnection>();
  /** Requests that must not come in twice and have come in, by their tokens. */
  readonly #appliedOnce = new Set<string>();

  constructor(clock: Clock, dice: Dice, nature: ServerNature, listener: ServerListener) {
    this.#clock = clock;
    this.#dice = dice;
    this.nature = nature;
    this.#listener = listener;
  }

  accept(socket: VirtualSocket): void {
    const connection = new ChaosConnection(this, socket, this.#clock, this.#dice, this.#listener);
    this.#connections.add(connection);
    socket.handler = {
      onBytes: (bytes) => connection.read(bytes),
      onGone: () => {
        connection.leave();
        this.#connections.delete(connection);
      },
    };
  }

  /** Cuts whoever is in the middle of an exchange, as a restarted server does. */
  dropExchanges(): void {
    for (const connection of this.#connections) connection.dropExchange();
  }

  draw(head: RequestHead): DrawnAnswer & { readonly kind: AnswerKind } {
    const token = head.fields.get('x-token') ?? 'none';
    const host = head.fields.get('host');
    if (host !== this.nature.host || head.path !== `/${token}`)
      this.#listener.onBug(`${token} came to ${this.nature.host} for ${host} and ${head.path}`);
    if (!isIdempotent(head)) {
      if (this.#appliedOnce.has(token)) this.#listener.onBug(`${token} is not idempotent and came in twice`);
      this.#appliedOnce.add(token);
    }
    const kind = this.#dice.weighted(this.weather.answers);
    const { closingRate } = this.nature;
    const drawn = drawAnswer(head, token, this.answers.length, kind, closingRate, this.#dice);
    this.answers.push(drawn.answer);
    return { ...drawn, kind };
  }
}

function isIdempotent({ method, fields }: RequestHead): boolean {
  return fields.has('idempotency-key') || (method !== 'POST' && method !== 'PATCH');
}

/** One connection of the server. */
class ChaosConnection {
  readonly #server: ChaosServer;
  readonly #socket: VirtualSocket;
  readonly #clock: Clock;
  readonly #dice: Dice;
  readonly #listener: ServerListener;
  readonly #reader: RequestReader;
  /** Grows with each request and answer: a timer for an earlier one finds that its time is over. */
  #turn = 0;
  #isAnswering = false;
  #saysClose = false;
  #served = 0;
  #idleTimer: Timer | undefined;
  /** What the server does when the request has come in whole. */
  #onWhole: (() => void) | undefined;

  constructor(
    server: ChaosServer,
    socket: VirtualSocket,
    clock: Clock,
    dice: Dice,
    listener: ServerListener,
  ) {
    this.#server = server;
    this.#socket = socket;
    this.#clock = clock;
    this.#dice = dice;
    this.#listener = listener;
    this.#reader = new RequestReader({
      onHead: (head) => this.#onHead(head),
      onRequest: (head, body) => this.#onRequest(head, body),
    });
  }

  read(bytes: Buffer): void {
    this.#reader.read(bytes);
  }

  leave(): void {
    this.#turn += 1;
    this.#idleTimer?.cancel();
  }

  dropExchange(): void {
    if (!this.#isAnswering && !this.#reader.isInside) return;
    this.#turn += 1;
    this.#socket.reset();
  }

  #onHead(head: RequestHead): void {
    if (this.#isAnswering) this.#listener.onBug('a request came before the one before it was answered');
    if (this.#served >= (this.#server.words.get(this.#socket)?.maxExchanges ?? Infinity))
      this.#listener.onBug(`request ${this.#served + 1} came on a connection that takes ${this.#served}`);
    this.#isAnswering = true;
    this.#served += 1;
    this.#turn += 1;
    this.#idleTimer?.cancel();
    const drawn = this.#server.draw(head);
    const { answer, kind } = drawn;
    const { number } = answer;
    this.#listener.onEvent(
      `server: request ${answer.token} gets answer ${number}, ${kind} ${drawn.framing} ${answer.statusCode}`,
    );
    const bytes = this.#render(head, number, answer, drawn.framing);
    const afterMs = this.#dice.whole(0, 15);
    if (kind === 'early') {
      // The rest of the request is read later, if there is a rest: the window may be full until then.
      this.#socket.pause();
      this.#clock.setTimer(() => this.#socket.resume(), this.#dice.whole(1, 60));
      this.#after(afterMs, () => this.#finish(bytes, answer));
    } else {
      const thinkingMs = kind === 'sluggish' ? this.#dice.whole(50, 200) : afterMs;
      this.#onWhole = () => this.#after(thinkingMs, () => this.#act(kind, bytes, answer));
    }
  }

  #onRequest(head: RequestHead, body: string): void {
    const token = head.fields.get('x-token') ?? 'none';
    const whole = this.#listener.bodyOf(token);
    if (body !== whole) {
      const due = whole === undefined ? 'it could never be whole' : `${whole.length} were sent`;
      this.#listener.onBug(`the body of ${token} came in with ${body.length} bytes, and ${due}`);
    }
    this.#onWhole?.();
    this.#onWhole = undefined;
  }

  #render(head: RequestHead, number: number, answer: SentAnswer, framing: AnswerFraming): string {
    const dice = this.#dice;
    const isPlain = dice.hits(0.7);
    const fields = [`X-Token: ${answer.token}\r\nX-Answer: ${number}\r\n`];
    if (answer.statusCode >= 429 && dice.hits(0.2)) fields.push(`Retry-After: ${dice.whole(0, 2)}\r\n`);
    if (dice.hits(this.#server.nature.closingRate / 8)) {
      fields.push('Connection: close\r\n');
      this.#saysClose = true;
    }
    if (this.#server.nature.hasHints && dice.hits(0.2)) fields.push(this.#speakOfItself());
    const interim = isPlain ? '' : dice.pick(['', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n']);
    return (
      interim +
      renderAnswer(
        {
          statusCode: answer.statusCode,
          fields: fields.join(''),
          body: answer.body,
          framing,
          toHead: head.method === 'HEAD',
          trailers: isPlain ? '' : `X-Sum: ${number}\r\n`,
        },
        dice,
      )
    );
  }

  #speakOfItself(): string {
    const { words } = this.#server;
    const word = new KeepAliveWord(this.#served, words.get(this.#socket), this.#dice);
    words.set(this.#socket, word);
    return word.field;
  }

  #act(kind: AnswerKind, bytes: string, answer: SentAnswer): void {
    const cut = this.#dice.whole(1, Math.max(1, bytes.length - 1));
    switch (kind) {
      case 'stalled':
        return undefined;
      case 'stalled-inside':
        return this.#socket.write(bytes.slice(0, cut));
      case 'fin-before':
        return this.#socket.end();
      case 'reset-before':
        return this.#socket.reset();
      case 'fin-inside':
        this.#socket.write(bytes.slice(0, cut));
        return this.#socket.end();
      case 'reset-inside':
        this.#socket.write(bytes.slice(0, cut));
        return this.#socket.reset();
      case 'garbage':
        return this.#socket.write(
          this.#dice.pick(['\0\0\0', 'SSH-2.0-x\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n']),
        );
      case 'slow':
        return this.#trickle(bytes, answer);
      case 'whole':
      case 'sluggish':
      case 'early':
      case 'failing':
      case 'one-too-many':
      case 'fin-behind':
      case 'reset-behind':
        return this.#finish(bytes, answer, kind);
    }
  }

  #trickle(bytes: string, answer: SentAnswer): void {
    if (bytes.length < 2) return this.#finish(bytes, answer);
    const cut = this.#dice.whole(1, bytes.length - 1);
    this.#socket.write(bytes.slice(0, cut));
    const rest = bytes.slice(cut);
    return this.#after(this.#dice.whole(1, 30), () =>
      this.#dice.hits(0.5) ? this.#trickle(rest, answer) : this.#finish(rest, answer),
    );
  }

  #finish(bytes: string, answer: SentAnswer, kind: AnswerKind = 'whole'): void {
    this.#isAnswering = false;
    if (kind === 'one-too-many' && !answer.endsWithFin) {
      this.#server.finished.add(this.#socket);
      // In one piece: where the second answer comes later it can meet the next request, and then no client knows.
      return this.#socket.write(bytes + FOREIGN_ANSWER);
    }
    const { words, weather, nature } = this.#server;
    const keptForMs =
      words.get(this.#socket)?.keptForMs ?? Math.max(weather.keepAliveMs, nature.leastKeepAliveMs);
    if (answer.endsWithFin || this.#saysClose) this.#server.finished.add(this.#socket);
    this.#socket.write(bytes);
    if (kind === 'fin-behind' || this.#server.finished.has(this.#socket)) return this.#socket.end();
    if (kind === 'reset-behind') return this.#socket.reset();
    this.#turn += 1;
    this.#idleTimer = this.#clock.setTimer(() => this.#socket.end(), keptForMs);
    return undefined;
  }

  #after(delayMs: number, act: () => void): void {
    const turn = this.#turn;
    this.#clock.setTimer(() => {
      if (turn === this.#turn && this.#socket.isOpen) act();
    }, delayMs);
  }
}
