import { describe, expect, it } from 'vitest';
import { resolveBreakerOptions } from './breaker-options.ts';
import type { BreakerTransition } from './breaker-state.ts';
import { Breaker } from './breaker.ts';
import type { Permit } from './permit.ts';

/** Small numbers, so that every state is a few steps away. */
const OPTIONS = resolveBreakerOptions({
  minCalls: 2,
  connectFailures: 2,
  openMs: 100,
  maxOpenMs: 400,
  permitTtlMs: 150,
});
const LEGAL_MOVES = new Set(['closed>open', 'open>half-open', 'half-open>open', 'half-open>closed']);
const MAX_CALLS = 4;

interface Call {
  readonly permit: Permit;
  readonly sinceMs: number;
  /** The transitions before it was admitted. */
  readonly epoch: number;
}

/** One breaker, its calls under way, and what must hold of them. */
class World {
  nowMs = 0;
  epoch = 0;
  readonly calls: Call[] = [];
  readonly breaker = new Breaker(OPTIONS, { next: () => 0.5 }, (transition) => this.#heard(transition));

  admit(): void {
    if (this.calls.length === MAX_CALLS) return;
    const before = this.breaker.state;
    const answer = this.breaker.admit(this.nowMs);
    if (answer.admitted) {
      if (before.kind === 'open' && this.nowMs < before.untilMs) throw new Error('admitted while open');
      this.calls.push({ permit: answer, sinceMs: this.nowMs, epoch: this.epoch });
    } else if (answer.retryAtMs === undefined || answer.retryAtMs <= this.nowMs) {
      throw new Error('a refusal without a future');
    }
    this.#checkPermits();
  }

  /** Settles one call, if any is under way. */
  settle(call: Call | undefined, how: (permit: Permit, nowMs: number) => void): void {
    if (!call) return;
    const { epoch } = this;
    how(call.permit, this.nowMs);
    if (call.epoch !== epoch && this.epoch !== epoch) throw new Error('a stale call changed the state');
  }

  /** A peer that is well again, and time: the breaker must close, whatever happened before and whoever never settles. */
  recover(): void {
    this.nowMs += 1000;
    this.breaker.onDialConnected(this.nowMs);
    for (let trial = 0; trial < OPTIONS.halfOpenPermits; trial += 1) {
      const answer = this.breaker.admit(this.nowMs);
      if (answer.admitted) answer.success(this.nowMs);
    }
  }

  #heard({ from, to }: BreakerTransition): void {
    this.epoch += 1;
    if (!LEGAL_MOVES.has(`${from}>${to}`)) throw new Error(`illegal move ${from}>${to}`);
  }

  #checkPermits(): void {
    const { state } = this.breaker;
    if (state.kind !== 'half-open') return;
    const live = this.calls.filter(
      ({ epoch, sinceMs }) => epoch === this.epoch && this.nowMs < sinceMs + OPTIONS.permitTtlMs,
    );
    if (live.length + state.successes > OPTIONS.halfOpenPermits) throw new Error('more trials than permits');
  }
}

/** The oldest call may be of an earlier state while the newest is not, so both are settled. */
const STEPS: Readonly<Record<string, (world: World) => void>> = {
  admit: (world) => world.admit(),
  success: (world) => world.settle(world.calls.shift(), (permit, nowMs) => permit.success(nowMs)),
  failure: (world) => world.settle(world.calls.shift(), (permit, nowMs) => permit.failure(nowMs, 'other')),
  'connect failure': (world) =>
    world.settle(world.calls.shift(), (permit, nowMs) => permit.failure(nowMs, 'connect')),
  abort: (world) => world.settle(world.calls.shift(), (permit, nowMs) => permit.forget(nowMs)),
  'newest success': (world) => world.settle(world.calls.pop(), (permit, nowMs) => permit.success(nowMs)),
  'newest failure': (world) =>
    world.settle(world.calls.pop(), (permit, nowMs) => permit.failure(nowMs, 'other')),
  'a while': (world) => {
    world.nowMs += 80;
  },
  'dial connected': (world) => world.breaker.onDialConnected(world.nowMs),
  'dial failed': (world) => {
    world.breaker.onDialFailed(world.nowMs);
  },
};

const BEGINNINGS: Readonly<Record<string, readonly string[]>> = {
  closed: [],
  'open by rate': ['admit', 'failure', 'admit', 'failure'],
  'open by connect': ['admit', 'connect failure', 'admit', 'connect failure'],
  'half-open with a trial under way': ['admit', 'failure', 'admit', 'failure', 'a while', 'a while', 'admit'],
  'half-open with no permit left': [
    'admit',
    'connect failure',
    'admit',
    'connect failure',
    'dial connected',
    'admit',
    'admit',
    'admit',
  ],
};

const DEPTH = 5;

function* allPaths(): Generator<string[]> {
  const names = Object.keys(STEPS);
  for (let number = 0; number < names.length ** DEPTH; number += 1) {
    const path: string[] = [];
    for (let rest = number; path.length < DEPTH; rest = Math.floor(rest / names.length)) {
      path.push(names[rest % names.length] ?? '');
    }
    yield path;
  }
}

/** Takes the path in a new world and adds the states on the way to `seen`. Throws where a rule is broken. */
function walk(path: readonly string[], seen: Set<string>): void {
  const world = new World();
  for (const step of path) {
    STEPS[step]?.(world);
    seen.add(world.breaker.state.kind);
  }
  world.recover();
  if (world.breaker.state.kind !== 'closed') throw new Error(`stuck ${world.breaker.state.kind}`);
}

describe(`every sequence of ${DEPTH} steps keeps the permits in bounds and the way to closed open`, () => {
  it.each(Object.entries(BEGINNINGS))('from %s', (_name, beginning) => {
    const seen = new Set<string>();
    for (const steps of allPaths()) {
      const path = [...beginning, ...steps];
      try {
        walk(path, seen);
      } catch (error) {
        throw new Error(`after ${path.join(', ')}`, { cause: error });
      }
    }
    // A search that reaches nothing proves nothing.
    expect([...seen].sort()).toEqual(['closed', 'half-open', 'open']);
  });
});
