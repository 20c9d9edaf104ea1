import type { Effect, Ending, Step } from '../link/step.ts';
import { Framer, type Part } from './framer.ts';
import type { HttpRequest, HttpVerdict } from './http-verdict.ts';
import { requestFraming, responseFraming, type MessageHead } from './message-head.ts';
import { syntheticResponse } from './synthetic-response.ts';

/** A verdict, and the toxic that gave it. */
export interface HttpStrike {
  readonly toxic: string;
  readonly verdict: HttpVerdict;
}

/** What the toxics of a proxy want of one request: those of one direction that strike it, in their order. */
export type Judge = (direction: 'upstream' | 'downstream', request: NumberedRequest) => readonly HttpStrike[];

export interface NumberedRequest extends HttpRequest {
  /** Counts the requests of the proxy from 0, in the order in which their heads arrived. */
  readonly number: number;
}

/** What became of the message that passes now. */
type Passage =
  | { readonly kind: 'pass' }
  /** Its bytes vanish; `answer` is given when it is complete. */
  | { readonly kind: 'swallow'; readonly answer: Buffer | undefined; readonly dueAtMs: number };

/** A request whose response is still to come, or the answer that stands in for it. */
type Exchange =
  | { readonly kind: 'asked'; readonly request: NumberedRequest }
  | { readonly kind: 'answered'; readonly bytes: Buffer };

const PASS: Passage = { kind: 'pass' };

/** So many requests may wait for their responses on one connection; a client that pipelines more gets no faults. */
const PIPELINE_MAX = 1_024;

/**
 * What HTTP toxics do to one connection. It gives the links two effects, one for each direction, which share what they
 * know: which request a response answers, and when the upstream owes none.
 */
export class Conversation {
  readonly requests: Effect;
  readonly responses: Effect;
  readonly #judge: Judge;
  readonly #nextNumber: () => number;
  readonly #requestFramer: Framer;
  readonly #responseFramer: Framer;
  readonly #exchanges: Exchange[] = [];
  #requestPassage: Passage = PASS;
  #responsePassage: Passage = PASS;
  /** The response under way is an interim one (1xx): its exchange goes on. */
  #isInterim = false;

  /** @param isFromStart whether it sees the connection from its first byte */
  constructor(judge: Judge, nextNumber: () => number, isFromStart: boolean) {
    this.#judge = judge;
    this.#nextNumber = nextNumber;
    this.#requestFramer = new Framer('request', requestFraming, isFromStart);
    this.#responseFramer = new Framer(
      'response',
      (head) => responseFraming(head, this.#askedMethod()),
      isFromStart,
    );
    this.requests = effectOf(this.#requestFramer, (part, nowMs) => this.#onRequestPart(part, nowMs));
    this.responses = effectOf(this.#responseFramer, (part, nowMs) => this.#onResponsePart(part, nowMs));
  }

  #askedMethod(): string {
    const [exchange] = this.#exchanges;
    return exchange?.kind === 'asked' ? exchange.request.method : 'GET';
  }

  #onRequestPart(part: Part, nowMs: number): readonly Step[] {
    switch (part.kind) {
      case 'head':
        return this.#onRequest(part.head, part.bytes, nowMs);
      case 'body':
        return this.#requestPassage.kind === 'pass' ? passed(part.bytes, nowMs) : [];
      case 'complete':
        return this.#onRequestComplete();
      case 'unknown':
        return passed(part.bytes, nowMs);
    }
  }

  #onRequest(head: MessageHead, bytes: Buffer, nowMs: number): readonly Step[] {
    const [method, target] = head.startLine;
    const request = { method, target, number: this.#nextNumber() };
    this.#requestPassage = PASS;
    if (this.#exchanges.length >= PIPELINE_MAX) return passed(bytes, nowMs);
    const { delayMs, last } = sentenceOf(this.#judge('upstream', request));
    const dueAtMs = nowMs + delayMs;
    if (last?.verdict.kind === 'reset') return [{ kind: 'end', ending: 'reset', dueAtMs }];
    if (last?.verdict.kind === 'status') {
      // A client that waits for 100 (Continue) may never send its body: the answer cannot wait for it, and nobody can
      // tell where a next request would begin.
      const isLast = head.fields.has('expect');
      const answer = syntheticResponse(last.verdict.statusCode, { method, toxic: last.toxic, isLast });
      this.#requestPassage = { kind: 'swallow', answer: isLast ? undefined : answer, dueAtMs };
      return isLast ? this.#give(answer, dueAtMs) : [];
    }
    this.#exchanges.push({ kind: 'asked', request });
    return passed(bytes, dueAtMs);
  }

  #onRequestComplete(): readonly Step[] {
    const passage = this.#requestPassage;
    this.#requestPassage = PASS;
    if (passage.kind === 'pass' || passage.answer === undefined) return [];
    return this.#give(passage.answer, passage.dueAtMs);
  }

  /** Gives an answer in its turn: at once, or behind the responses that the upstream still owes. */
  #give(bytes: Buffer, dueAtMs: number): readonly Step[] {
    if (this.#exchanges.length === 0) return [{ kind: 'answer', bytes, dueAtMs }];
    this.#exchanges.push({ kind: 'answered', bytes });
    return [];
  }

  #onResponsePart(part: Part, nowMs: number): readonly Step[] {
    switch (part.kind) {
      case 'head':
        return this.#onResponse(part.head, part.bytes, nowMs);
      case 'body':
        return this.#responsePassage.kind === 'pass' ? passed(part.bytes, nowMs) : [];
      case 'complete':
        return this.#onResponseComplete(nowMs);
      case 'unknown':
        return passed(part.bytes, nowMs);
    }
  }

  #onResponse(head: MessageHead, bytes: Buffer, nowMs: number): readonly Step[] {
    const [exchange] = this.#exchanges;
    const statusCode = Number(head.startLine[1]);
    this.#isInterim = statusCode < 200;
    this.#responsePassage = PASS;
    if (exchange?.kind !== 'asked') return passed(bytes, nowMs);
    const framing = responseFraming(head, exchange.request.method);
    if (framing.kind === 'tunnel') this.#requestFramer.tunnel();
    if (this.#isInterim || framing.kind === 'tunnel') return passed(bytes, nowMs);
    const { delayMs, last } = sentenceOf(this.#judge('downstream', exchange.request));
    const dueAtMs = nowMs + delayMs;
    if (last?.verdict.kind === 'reset') return [{ kind: 'end', ending: 'reset', dueAtMs }];
    if (last?.verdict.kind !== 'status') return passed(bytes, dueAtMs);
    this.#responsePassage = { kind: 'swallow', answer: undefined, dueAtMs };
    const isLast = framing.kind === 'until-close' || /\bclose\b/i.test(head.fields.get('connection') ?? '');
    const { method } = exchange.request;
    return passed(syntheticResponse(last.verdict.statusCode, { method, toxic: last.toxic, isLast }), dueAtMs);
  }

  #onResponseComplete(nowMs: number): readonly Step[] {
    this.#responsePassage = PASS;
    if (this.#isInterim) return [];
    this.#exchanges.shift();
    const steps: Step[] = [];
    for (let next = this.#exchanges[0]; next?.kind === 'answered'; next = this.#exchanges[0]) {
      steps.push({ kind: 'bytes', bytes: next.bytes, dueAtMs: nowMs });
      this.#exchanges.shift();
    }
    return steps;
  }
}

/** The delays of all that strike before the first that ends the matter, and that one. */
function sentenceOf(strikes: readonly HttpStrike[]): { delayMs: number; last: HttpStrike | undefined } {
  let delayMs = 0;
  for (const strike of strikes) {
    if (strike.verdict.kind !== 'delay') return { delayMs, last: strike };
    delayMs += strike.verdict.delayMs;
  }
  return { delayMs, last: undefined };
}

function passed(bytes: Buffer, dueAtMs: number): readonly Step[] {
  return [{ kind: 'bytes', bytes, dueAtMs }];
}

function effectOf(framer: Framer, onPart: (part: Part, nowMs: number) => readonly Step[]): Effect {
  return {
    onBytes: (bytes, nowMs) => framer.feed(bytes).flatMap((part) => onPart(part, nowMs)),
    onEnd: (ending: Ending, nowMs) => [
      ...framer.end().flatMap((part) => onPart(part, nowMs)),
      { kind: 'end', ending, dueAtMs: nowMs },
    ],
  };
}
