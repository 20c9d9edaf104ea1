import { BugError } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { assertMove, type ConnectionState } from './connection-state.ts';
import { Exchange } from './exchange.ts';

const exchange = new Exchange(
  {
    method: 'GET',
    head: '',
    body: undefined,
    stream: undefined,
    streamLength: undefined,
    asksClose: false,
    isIdempotent: true,
    attemptTimeoutMs: Infinity,
    deadlineAtMs: Infinity,
  },
  { onHead() {}, onBody() {}, onEnd() {}, onError() {} },
);

const STATES: readonly ConnectionState[] = [
  { name: 'dialing', dueAtMs: 0 },
  { name: 'idle', sinceMs: 0 },
  { name: 'reserved' },
  { name: 'leased', exchange },
  { name: 'closed', reason: 'idle-timeout' },
];

const LEGAL: ReadonlySet<string> = new Set([
  'dialing>idle',
  'dialing>closed',
  'idle>leased',
  'idle>reserved',
  'idle>closed',
  'reserved>idle',
  'reserved>closed',
  'leased>idle',
  'leased>closed',
]);

const MOVES = STATES.flatMap((from) => STATES.map((to) => ({ from, to, move: `${from.name}>${to.name}` })));

describe('the life of a connection', () => {
  it.each(MOVES.filter(({ move }) => LEGAL.has(move)))('may go $move', ({ from, to }) => {
    expect(() => assertMove(from, to)).not.toThrow();
  });

  it.each(MOVES.filter(({ move }) => !LEGAL.has(move)))(
    'asserts that it never goes $move',
    ({ from, to }) => {
      expect(() => assertMove(from, to)).toThrow(BugError);
    },
  );
});
