import type { PoolerError } from '#libs/kernel';
import type { RequestOptions } from '#libs/client';
import type { Dice } from './dice.ts';

/** How the caller takes the body. */
export const READINGS = ['text', 'late', 'chunks', 'leave', 'dump', 'ignore'] as const;
export type Reading = (typeof READINGS)[number];

/** What has become of a request. */
export type Fate =
  | { readonly name: 'pending' }
  /** The head is there, and what comes of the body is not known or not asked. */
  | { readonly name: 'answered'; readonly statusCode: number }
  | { readonly name: 'read'; readonly statusCode: number }
  | { readonly name: 'failed'; readonly error: PoolerError };

/** One request of the fuzzer, from its draw to its end. */
export class FuzzRequest {
  readonly token: string;
  readonly options: RequestOptions;
  readonly reading: Reading;
  readonly startedAtMs: number;
  /** When it must be over, by its own deadline. */
  readonly dueAtMs: number;
  readonly controller = new AbortController();
  fate: Fate = { name: 'pending' };
  /** The record of its end has come so many times. */
  records = 0;

  constructor(seq: number, nowMs: number, dice: Dice, isTame: boolean) {
    const method = dice.pick([
      'GET',
      'GET',
      'GET',
      'HEAD',
      'PUT',
      'DELETE',
      'OPTIONS',
      'POST',
      'POST',
      'PATCH',
    ]);
    const hasKey = dice.hits(0.3);
    const hasBody = method === 'PUT' || method === 'POST' || method === 'PATCH';
    const isLarge = !isTame && dice.hits(0.2);
    const bodyLength = isLarge ? dice.whole(10_000, 80_000) : dice.whole(0, 100);
    const body = hasBody ? 'b'.repeat(bodyLength) : undefined;
    const token = `t${seq}`;
    const deadlineMs = isTame || dice.hits(0.2) ? 6_000 : dice.whole(20, 3_000);
    this.token = token;
    this.reading = isTame ? 'text' : dice.pick(READINGS);
    this.startedAtMs = nowMs;
    this.dueAtMs = nowMs + deadlineMs;
    this.options = {
      method,
      body,
      headers: { 'X-Token': token, ...(hasKey ? { 'Idempotency-Key': token } : {}) },
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
}
