import type { Clock, Timer } from '#libs/kernel';
import {
  FRAMINGS,
  RequestReader,
  renderAnswer,
  type AnswerFraming,
  type RequestHead,
  type VirtualSocket,
} from '#libs/testing';
import type { Dice } from './dice.ts';
import type { AnswerWeights, Weather } from './weather.ts';

/** One answer as it was begun. */
export interface SentAnswer {
  readonly token: string;
  readonly body: string;
  readonly statusCode: number;
  /** Whether a FIN in the middle looks like its end, so that a reader can't know that something is missing. */
  readonly endsWithFin: boolean;
}

/** What must hold of a client, seen from its server. */
export interface ServerListener {
  onBug(sentence: string): void;
  onEvent(event: string): void;
}

/** An answer that nobody asked for. */
export const FOREIGN_ANSWER = 'HTTP/1.1 200 OK\r\nX-Token: foreign\r\nContent-Length: 7\r\n\r\nforeign';

type AnswerKind = keyof AnswerWeights;

/** A server that answers as the weather has it. Every answer names the request it is for, and itself. */
export class ChaosServer {
  weather: Weather;
  /** By their number. */
  readonly answers: SentAnswer[] = [];
  /** Connections on which no other request may come: an answer said so, or something came behind it. */
  readonly finished = new Set<VirtualSocket>();
  readonly #clock: Clock;
  readonly #dice: Dice;
  readonly #listener: ServerListener;
  readonly #connections = new Set<ChaosConnection>();
  /** Requests that must not come in twice and have come in, by their tokens. */
  readonly #appliedOnce = new Set<string>();

  constructor(clock: Clock, dice: Dice, weather: Weather, listener: ServerListener) {
    this.#clock = clock;
    this.#dice = dice;
    this.weather = weather;
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

  draw(head: RequestHead): { number: number; answer: SentAnswer; framing: AnswerFraming; kind: AnswerKind } {
    const token = head.fields.get('x-token') ?? 'none';
    if (!isIdempotent(head)) {
      if (this.#appliedOnce.has(token)) this.#listener.onBug(`${token} is not idempotent and came in twice`);
      this.#appliedOnce.add(token);
    }
    const kind = this.#dice.weighted(this.weather.answers);
    const framing = this.#dice.hits(0.6) ? 'length' : this.#dice.pick(FRAMINGS);
    const statusCode =
      kind === 'failing'
        ? this.#dice.pick([429, 500, 502, 503, 504])
        : this.#dice.hits(0.9)
          ? 200
          : this.#dice.pick([204, 304]);
    const number = this.answers.length;
    const hasBody = head.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
    const body = hasBody ? this.#body(`${token}/${number};`) : '';
    const endsWithFin = framing === 'until-close' || framing === 'http-1.0';
    const answer = { token, body, statusCode, endsWithFin };
    this.answers.push(answer);
    return { number, answer, framing, kind };
  }

  #body(unit: string): string {
    const length = this.#dice.hits(0.02)
      ? this.#dice.whole(60_000, 300_000)
      : this.#dice.hits(0.1)
        ? 0
        : this.#dice.whole(1, 300);
    return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
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
      onRequest: () => this.#onRequest(),
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
    this.#isAnswering = true;
    this.#turn += 1;
    this.#idleTimer?.cancel();
    const drawn = this.#server.draw(head);
    const { answer, number, kind } = drawn;
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
      this.#onWhole = () => this.#after(afterMs, () => this.#act(kind, bytes, answer));
    }
  }

  #onRequest(): void {
    this.#onWhole?.();
    this.#onWhole = undefined;
  }

  #render(head: RequestHead, number: number, answer: SentAnswer, framing: AnswerFraming): string {
    const dice = this.#dice;
    const isPlain = dice.hits(0.7);
    const fields = [`X-Token: ${answer.token}\r\nX-Answer: ${number}\r\n`];
    if (answer.statusCode >= 429 && dice.hits(0.2)) fields.push(`Retry-After: ${dice.whole(0, 2)}\r\n`);
    if (dice.hits(0.05)) {
      fields.push('Connection: close\r\n');
      this.#saysClose = true;
    }
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
    if (answer.endsWithFin || this.#saysClose) this.#server.finished.add(this.#socket);
    this.#socket.write(bytes);
    if (kind === 'fin-behind' || this.#server.finished.has(this.#socket)) return this.#socket.end();
    if (kind === 'reset-behind') return this.#socket.reset();
    this.#turn += 1;
    this.#idleTimer = this.#clock.setTimer(() => this.#socket.end(), this.#server.weather.keepAliveMs);
    return undefined;
  }

  #after(delayMs: number, act: () => void): void {
    const turn = this.#turn;
    this.#clock.setTimer(() => {
      if (turn === this.#turn && this.#socket.isOpen) act();
    }, delayMs);
  }
}
