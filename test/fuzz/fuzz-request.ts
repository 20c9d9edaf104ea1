import type { RequestOptions } from '#libs/client';
import type { Verdict } from '#libs/faults';
import type { Clock, PoolerError } from '#libs/kernel';
import { BodySource, drawSource, type SourceListener, type SourcePlan } from './body-source.ts';
import type { Dice } from './dice.ts';
import type { FuzzOrigin } from './fuzz-origin.ts';

/** How the caller takes the body. */
const READINGS = ['text', 'late', 'chunks', 'leave', 'dump', 'ignore'] as const;
export type Reading = (typeof READINGS)[number];

/** What has become of a request. */
export type Fate =
  | { readonly name: 'pending' }
  /** The head is there, and what comes of the body is not known or not asked. */
  | { readonly name: 'answered'; readonly statusCode: number }
  | { readonly name: 'read'; readonly statusCode: number }
  | { readonly name: 'failed'; readonly error: PoolerError };

/** No request lasts longer. */
export const LONGEST_DEADLINE_MS = 6_000;

const LARGEST_BODY = 80_000;
/** Bodies begin at different places of one text: to make a text for each would be most of the fuzzer's work. */
const TEXT = Array.from({ length: LARGEST_BODY / 5 }, (_, index) => `${10_000 + index};`).join('');

function bodyOf(seq: number, length: number): string {
  const start = (seq * 101) % 9_973;
  return TEXT.slice(start, start + length);
}

const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'POST', 'POST', 'PATCH'] as const;

/** How requests are drawn. */
export interface RequestDraw {
  /** Nothing about it can fail but by the network. */
  readonly isTame: boolean;
  readonly mayStream: boolean;
}

/** One request of the fuzzer, from its draw to its end. */
export class FuzzRequest {
  readonly token: string;
  readonly origin: FuzzOrigin;
  readonly options: RequestOptions;
  readonly reading: Reading;
  /** What the server must get. */
  readonly body: string;
  /** How its body comes, where it comes in pieces. */
  readonly source: SourcePlan | undefined;
  /** One for each time that somebody asked for its body. */
  readonly sources: BodySource[] = [];
  /** What the client's own faults do to each attempt. */
  readonly verdicts: Verdict[] = [];
  /** When it must be over, by its own deadline. */
  readonly dueAtMs: number;
  readonly controller = new AbortController();
  fate: Fate = { name: 'pending' };
  /** Whether the caller has begun to read the body, or to throw it away. */
  isBodyTaken = false;
  /** The record of its end has come so many times. */
  records = 0;

  constructor(seq: number, origin: FuzzOrigin, clock: Clock, dice: Dice, { isTame, mayStream }: RequestDraw) {
    const method = dice.pick(METHODS);
    const hasKey = dice.hits(0.3);
    const hasBody = method === 'PUT' || method === 'POST' || method === 'PATCH';
    const isLarge = !isTame && dice.hits(0.2);
    const bodyLength = isLarge ? dice.whole(10_000, LARGEST_BODY) : dice.whole(0, 100);
    const token = `t${seq}`;
    const deadlineMs = isTame || dice.hits(0.2) ? LONGEST_DEADLINE_MS : dice.whole(20, 3_000);
    this.token = token;
    this.origin = origin;
    this.body = hasBody ? bodyOf(seq, bodyLength) : '';
    this.source = hasBody && mayStream && dice.hits(0.4) ? drawSource(this.body, dice, isTame) : undefined;
    this.reading = isTame ? 'text' : dice.pick(READINGS);
    this.dueAtMs = clock.nowMs() + deadlineMs;
    this.options = {
      method,
      body: this.#bodyOption(hasBody, clock, { onAskedAgain: () => origin.onAskedAgain(token) }),
      headers: {
        'X-Token': token,
        ...(hasKey ? { 'Idempotency-Key': token } : {}),
        ...(this.source?.hasLength === true ? { 'Content-Length': String(bodyLength) } : {}),
      },
      signal: this.controller.signal,
      deadlineMs,
      attemptTimeoutMs: isTame || dice.hits(0.7) ? undefined : dice.whole(20, 900),
      awaitBody: dice.hits(0.3),
      waitForPermit: !isTame && dice.hits(0.3),
    };
  }

  /** Whether nothing is known yet of how it ends. */
  get isPending(): boolean {
    return this.fate.name === 'pending';
  }

  get outcome(): string {
    const { fate } = this;
    if (fate.name === 'failed') return fate.error.code;
    return fate.name === 'pending' ? fate.name : `${fate.name} ${fate.statusCode}`;
  }

  /** What the last attempt so far met of the client's own. */
  get verdict(): Verdict['kind'] {
    return this.verdicts.at(-1)?.kind ?? 'pass';
  }

  /** Whether the whole of its body can come in at the server. */
  get canArriveWhole(): boolean {
    const { source } = this;
    return !source || source.ending === 'whole' || source.ending === 'long';
  }

  #bodyOption(hasBody: boolean, clock: Clock, listener: SourceListener): RequestOptions['body'] {
    const { source } = this;
    if (!source) return hasBody ? this.body : undefined;
    const make = (): BodySource => {
      const made = new BodySource(source, clock, listener);
      this.sources.push(made);
      return made;
    };
    return source.isRepeatable ? make : make();
  }
}
