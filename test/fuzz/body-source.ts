import type { Clock } from '#libs/kernel';
import type { Dice } from './dice.ts';

/** How a source ends: whole, by an error, never, or with less or more than it has announced. */
export type SourceEnding = 'whole' | 'fails' | 'stalls' | 'short' | 'long';

/** How a body comes in pieces. */
export interface SourcePlan {
  readonly text: string;
  readonly pieceBytes: number;
  /** Before each piece; 0 for none. */
  readonly pauseMs: number;
  readonly ending: SourceEnding;
  /** Whether the request can have it more than once. */
  readonly isRepeatable: boolean;
  /** Whether its length is announced: then it goes out without chunks. */
  readonly hasLength: boolean;
}

/** Draws one. Pieces are not too small for the windows of the network: that would be many steps for one request. */
export function drawSource(text: string, dice: Dice, isTame: boolean): SourcePlan {
  const hasLength = dice.hits(0.4);
  const isOdd = text !== '' && !isTame && dice.hits(0.2);
  const endings: readonly SourceEnding[] = hasLength
    ? ['fails', 'stalls', 'short', 'long']
    : ['fails', 'stalls'];
  return {
    text,
    pieceBytes: Math.max(1, Math.ceil(text.length / dice.whole(1, 6))),
    pauseMs: isTame || dice.hits(0.6) ? 0 : dice.whole(1, 10),
    ending: isOdd ? dice.pick(endings) : 'whole',
    isRepeatable: dice.hits(0.5),
    hasLength,
  };
}

/** What a source tells of. */
export interface SourceListener {
  /** It is asked for a piece behind the first. */
  onAskedAgain(): void;
}

/** A request body in pieces, as one attempt reads it. */
export class BodySource implements AsyncIterable<string>, AsyncIterator<string, undefined> {
  readonly #plan: SourcePlan;
  readonly #clock: Clock;
  readonly #listener: SourceListener;
  #givenBytes = 0;
  #asked = 0;
  #giveUp: (() => void) | undefined;
  /** Times that somebody began to read it. */
  opened = 0;
  /** Whether it is at its end, or nobody will read on. */
  isClosed = false;

  constructor(plan: SourcePlan, clock: Clock, listener: SourceListener) {
    this.#plan = plan;
    this.#clock = clock;
    this.#listener = listener;
  }

  [Symbol.asyncIterator](): AsyncIterator<string, undefined> {
    this.opened += 1;
    return this;
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    this.#asked += 1;
    if (this.#asked > 1) this.#listener.onAskedAgain();
    const { text, pieceBytes, pauseMs, ending } = this.#plan;
    if (pauseMs > 0) await this.#pause(pauseMs);
    const value = text.slice(this.#givenBytes, Math.min(this.#giveBytes, this.#givenBytes + pieceBytes));
    this.#givenBytes += value.length;
    if (value !== '' && !this.isClosed) return { done: false, value };
    if (ending === 'long' && !this.isClosed) return { done: false, value: 'more' };
    if (ending === 'stalls' && !this.isClosed) await this.#pause(Infinity);
    this.isClosed = true;
    if (ending === 'fails') throw new Error('the source of the fuzzer fails');
    return { done: true, value: undefined };
  }

  /** How much of the text comes before its end, whatever that is. */
  get #giveBytes(): number {
    const { text, ending } = this.#plan;
    if (ending === 'whole' || ending === 'long') return text.length;
    return ending === 'short' ? text.length - 1 : Math.floor(text.length / 2);
  }

  async return(): Promise<IteratorResult<string, undefined>> {
    this.isClosed = true;
    this.#giveUp?.();
    return { done: true, value: undefined };
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = ms === Infinity ? undefined : this.#clock.setTimer(resolve, ms);
      this.#giveUp = () => {
        timer?.cancel();
        resolve();
      };
    });
  }
}
