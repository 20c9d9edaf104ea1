import { describe, expect, it } from 'vitest';
import { resolveBreakerOptions, type ResolvedBreakerOptions } from './breaker-options.ts';
import type { BreakerTransition, Refusal } from './breaker-state.ts';
import { Breaker } from './breaker.ts';
import { Permit } from './permit.ts';

/**
 * A small-scope model checker: breadth-first over the states of a breaker and its calls, every one reached by the
 * shortest way and each step tried from it. Time moves in whole ticks, and a tick is longer than the window, so that
 * what is older than now is only: which state a call is of, and for how many ticks.
 */
const TICK_MS = 100;
const TTL_TICKS = 2;
const MAX_CALLS = 4;
/** The scope has some 6,300. */
const MAX_STATES = 10_000;
const OPTIONS = resolveBreakerOptions({
  windowMs: TICK_MS,
  minCalls: 2,
  connectFailures: 2,
  slowCallMs: TICK_MS,
  slowCallRate: 1,
  openMs: TICK_MS,
  maxOpenMs: 2 * TICK_MS,
  permitTtlMs: TTL_TICKS * TICK_MS,
});

const LEGAL_MOVES: Readonly<Record<string, readonly string[]>> = {
  'closed>open': ['rate', 'slow', 'connect'],
  'open>half-open': ['interval-over', 'dial-connected'],
  'half-open>open': ['trial-failed', 'trial-slow'],
  'half-open>closed': ['trials-succeeded'],
  'closed>isolated': ['isolate'],
  'open>isolated': ['isolate'],
  'half-open>isolated': ['isolate'],
  'isolated>closed': ['de-isolate'],
};

type MakeBreaker = (
  options: ResolvedBreakerOptions,
  onTransition: (transition: BreakerTransition) => void,
) => Breaker;

const makeBreaker: MakeBreaker = (options, onTransition) =>
  new Breaker(options, { next: () => 0 }, onTransition);

interface Call {
  readonly permit: Permit;
  readonly sinceMs: number;
  /** The transitions before it was admitted. */
  readonly epoch: number;
  /** A trial whose permit was taken back. */
  isLost: boolean;
}

/** One breaker, its calls under way, and what must hold of them. */
class World {
  readonly breaker: Breaker;
  calls: Call[] = [];
  #nowMs = 0;
  #epoch = 0;
  // What the breaker does not show, counted beside it: without them two different states would look the same.
  #connectFailures = 0;
  #opened = 0;

  constructor(make: MakeBreaker) {
    this.breaker = make(OPTIONS, (transition) => this.#heard(transition));
  }

  /** Everything that its future depends on. Calls of one kind are as good as each other. */
  get key(): string {
    const { state } = this.breaker;
    const { calls, failures, slow } = this.breaker.window(this.#nowMs);
    const detail =
      state.kind === 'open'
        ? `${state.cause} ${Math.max(0, state.untilMs - this.#nowMs)}`
        : state.kind === 'half-open'
          ? state.successes
          : '';
    const kinds = this.calls.map((call) => this.kindOf(call)).sort();
    return [state.kind, detail, calls, failures, slow, this.#connectFailures, this.#opened, kinds].join('|');
  }

  kindOf(call: Call): string {
    if (call.epoch !== this.#epoch || call.isLost) return 'stale';
    return String(Math.min(this.#age(call), TTL_TICKS));
  }

  canAdmit(): boolean {
    const { state } = this.breaker;
    // The window would grow for ever within one moment.
    const isFull = state.kind === 'closed' && this.breaker.window(this.#nowMs).calls >= MAX_CALLS;
    return this.calls.length < MAX_CALLS && !isFull;
  }

  admit(): void {
    const expected = this.#shouldAdmit();
    const answer = this.breaker.admit(this.#nowMs);
    const { state } = this.breaker;
    if (state.kind === 'half-open')
      for (const call of this.calls) call.isLost ||= this.#age(call) >= TTL_TICKS;
    if (answer.admitted !== expected) throw new Error(expected ? 'a permit leaked' : 'admitted one too many');
    if (answer.admitted)
      this.calls.push({ permit: answer, sinceMs: this.#nowMs, epoch: this.#epoch, isLost: false });
    else this.#checkRefusal(answer);
    if (state.kind !== 'half-open') return;
    const trials = this.calls.filter((call) => this.kindOf(call) !== 'stale').length;
    if (trials + state.successes > OPTIONS.halfOpenPermits) throw new Error('more trials than permits');
  }

  settle(index: number, how: 'success' | 'other' | 'connect' | 'abort'): void {
    const [call] = this.calls.splice(index, 1);
    if (!call) throw new Error(`no call ${index}`);
    const isStale = this.kindOf(call) === 'stale';
    const before = isStale && JSON.stringify([this.key, this.breaker.state]);
    const isClosed = this.breaker.state.kind === 'closed';
    // Before the settling: a transition sets it to zero.
    if (!isStale && isClosed && how === 'connect') this.#connectFailures += 1;
    if (!isStale && isClosed && how === 'success') this.#connectFailures = 0;
    const tookMs = this.#nowMs - call.sinceMs;
    if (how === 'success') call.permit.success(this.#nowMs, tookMs);
    else if (how === 'abort') call.permit.forget(this.#nowMs);
    else call.permit.failure(this.#nowMs, how, tookMs);
    if (isStale && before !== JSON.stringify([this.key, this.breaker.state]))
      throw new Error('a call of an old state changed a new one');
  }

  tick(): void {
    this.#nowMs += TICK_MS;
  }

  dialConnected(): void {
    this.#connectFailures = 0;
    this.breaker.onDialConnected(this.#nowMs);
  }

  dialFailed(): void {
    const { state } = this.breaker;
    const nextAtMs = this.breaker.onDialFailed(this.#nowMs);
    const wantsDial = state.kind === 'open' && state.cause === 'connect';
    if (wantsDial !== (nextAtMs !== undefined)) throw new Error('a dial too many or too few');
  }

  isolate(): void {
    this.breaker.isolate('by hand', this.#nowMs);
  }

  deIsolate(): void {
    this.breaker.deIsolate(this.#nowMs);
  }

  /** Takes all permits that are left: what a state hides shows here, where its key looks like another's. */
  checkPermits(): void {
    if (this.breaker.state.kind !== 'half-open') return;
    for (let trial = 0; trial <= OPTIONS.halfOpenPermits; trial += 1) this.admit();
  }

  /** A peer that is well again, and time: it must close, whatever happened before and whoever never settles. */
  checkCanClose(): void {
    for (let tick = 0; tick < TTL_TICKS; tick += 1) this.tick();
    this.deIsolate();
    for (let trial = 0; trial < OPTIONS.halfOpenPermits && this.breaker.state.kind !== 'closed'; trial += 1) {
      const answer = this.breaker.admit(this.#nowMs);
      if (answer.admitted) answer.success(this.#nowMs);
    }
    if (this.breaker.state.kind !== 'closed') throw new Error(`stuck ${this.breaker.state.kind}`);
  }

  #age({ sinceMs }: Call): number {
    return (this.#nowMs - sinceMs) / TICK_MS;
  }

  /** What the rules say, from what is seen from outside. */
  #shouldAdmit(): boolean {
    const { state } = this.breaker;
    switch (state.kind) {
      case 'closed':
        return true;
      case 'isolated':
        return false;
      case 'open':
        return this.#nowMs >= state.untilMs;
      case 'half-open': {
        const live = this.calls.filter(
          (call) => this.kindOf(call) !== 'stale' && this.#age(call) < TTL_TICKS,
        ).length;
        return live + state.successes < OPTIONS.halfOpenPermits;
      }
    }
  }

  #checkRefusal({ cause, retryAtMs }: Refusal): void {
    const hasFuture = retryAtMs !== undefined && retryAtMs > this.#nowMs && retryAtMs !== Infinity;
    if (hasFuture === (cause === 'isolated')) throw new Error(`refused for ${cause} until ${retryAtMs}`);
  }

  #heard({ from, to, cause }: BreakerTransition): void {
    if (!LEGAL_MOVES[`${from}>${to}`]?.includes(cause))
      throw new Error(`illegal move ${from}>${to} ${cause}`);
    this.#epoch += 1;
    this.#connectFailures = 0;
    if (to === 'closed') this.#opened = 0;
    // From the second interval on all are as long.
    if (cause === 'rate' || cause === 'slow' || cause.startsWith('trial-'))
      this.#opened = Math.min(2, this.#opened + 1);
  }
}

interface Step {
  readonly name: string;
  readonly take: (world: World) => void;
}

/** Always the same ones: a path is taken again to reach its end. */
const STEPS: readonly Step[] = [
  { name: 'a tick', take: (world) => world.tick() },
  { name: 'the dial connects', take: (world) => world.dialConnected() },
  { name: 'the dial fails', take: (world) => world.dialFailed() },
  { name: 'isolate', take: (world) => world.isolate() },
  { name: 'de-isolate', take: (world) => world.deIsolate() },
];
const ADMIT: Step = { name: 'admit', take: (world) => world.admit() };
const SETTLES = (['success', 'other', 'connect', 'abort'] as const).map((how) =>
  Array.from({ length: MAX_CALLS }, (_, index): Step => ({
    name: `${how} of call ${index}`,
    take: (world) => world.settle(index, how),
  })),
);

/** Every step that is possible in this world, but for those that only swap two calls of one kind. */
function stepsFrom(world: World): Step[] {
  const kinds = world.calls.map((call) => world.kindOf(call));
  const firsts = kinds.flatMap((kind, index) => (kinds.indexOf(kind) === index ? [index] : []));
  const settles = SETTLES.flatMap((ways) => firsts.flatMap((index) => ways[index] ?? []));
  return [...(world.canAdmit() ? [ADMIT] : []), ...settles, ...STEPS];
}

/** The end of a path from the first state. Linked, since paths share their beginnings. */
interface Path {
  readonly step: Step;
  readonly before: Path | undefined;
}

function stepsOf(path: Path | undefined): Step[] {
  const steps: Step[] = [];
  for (let at = path; at; at = at.before) steps.push(at.step);
  return steps.toReversed();
}

function replay(path: Path | undefined, make: MakeBreaker): World {
  const world = new World(make);
  for (const step of stepsOf(path)) step.take(world);
  return world;
}

/** Visits every state that can be reached, and returns how many of each kind. Throws at the first broken rule. */
function explore(make: MakeBreaker): Map<string, number> {
  const seen = new Set<string>();
  const kinds = new Map<string, number>();
  const queue: Array<Path | undefined> = [undefined];
  for (const path of queue) {
    const here = replay(path, make);
    if (seen.has(here.key)) continue;
    seen.add(here.key);
    if (seen.size > MAX_STATES) throw new Error(`more than ${MAX_STATES} states`);
    const { kind } = here.breaker.state;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    for (const step of stepsFrom(here)) {
      const next = { step, before: path };
      try {
        const world = replay(next, make);
        const { key } = world;
        if (!seen.has(key)) queue.push(next);
        world.checkPermits();
        world.checkCanClose();
      } catch (error) {
        const way = stepsOf(next).map(({ name }) => name);
        throw new Error(`after ${way.join(', ')}: ${String(error)}`, { cause: error });
      }
    }
  }
  return kinds;
}

describe(`every interleaving of up to ${MAX_CALLS} calls and ${OPTIONS.halfOpenPermits} permits`, () => {
  it('leaks no permit, admits none too many, lets no old call count, and can close again', () => {
    const kinds = explore(makeBreaker);
    // A search that reaches nothing proves nothing.
    expect([...kinds.keys()].sort()).toEqual(['closed', 'half-open', 'isolated', 'open']);
    for (const count of kinds.values()) expect(count).toBeGreaterThan(500);
  });
});

/** Permits that pass on what is done to them, or not. */
class Mutant extends Breaker {
  readonly #wrap: (permit: Permit, breaker: Breaker) => Permit;

  constructor(
    options: ResolvedBreakerOptions,
    onTransition: (transition: BreakerTransition) => void,
    wrap: (permit: Permit, breaker: Breaker) => Permit,
  ) {
    super(options, { next: () => 0 }, onTransition);
    this.#wrap = wrap;
  }

  override admit(nowMs: number): Permit | Refusal {
    const answer = super.admit(nowMs);
    return answer.admitted ? this.#wrap(answer, this) : answer;
  }
}

/** Never gives back what was not used. */
function leaking(permit: Permit): Permit {
  return new Permit((_self, result, nowMs, tookMs) => {
    if (result === 'success') permit.success(nowMs, tookMs);
    else if (result !== 'not-a-call') permit.failure(nowMs, result, tookMs);
  });
}

/** Counts its failure also in a half-open state that it was not admitted in. */
function outliving(permit: Permit, breaker: Breaker): Permit {
  return new Permit((_self, result, nowMs, tookMs) => {
    if (result === 'not-a-call') permit.forget(nowMs);
    else if (result === 'success') permit.success(nowMs, tookMs);
    else {
      permit.failure(nowMs, result, tookMs);
      if (breaker.state.kind !== 'half-open') return;
      const another = breaker.admit(nowMs);
      if (another.admitted) another.failure(nowMs, result);
    }
  });
}

/** Refuses no trial. */
class Generous extends Breaker {
  override admit(nowMs: number): Permit | Refusal {
    const answer = super.admit(nowMs);
    return answer.admitted || answer.cause !== 'no-permit' ? answer : new Permit(() => {});
  }
}

describe('the checker finds', () => {
  it.each<[string, MakeBreaker, string]>([
    [
      'a permit that is not given back',
      (options, heard) => new Mutant(options, heard, leaking),
      'a permit leaked',
    ],
    [
      'a call that counts for a later state',
      (options, heard) => new Mutant(options, heard, outliving),
      'a call of an old state changed a new one',
    ],
    [
      'one permit too many',
      (options, heard) => new Generous(options, { next: () => 0 }, heard),
      'admitted one too many',
    ],
    [
      'permits that are never taken back',
      (options, heard) => makeBreaker({ ...options, permitTtlMs: 86_400_000 }, heard),
      'stuck half-open',
    ],
    [
      'an interval that outlives its maximum',
      (options, heard) => makeBreaker({ ...options, maxOpenMs: 86_400_000 }, heard),
      'stuck open',
    ],
  ])('%s', (_name, make, sentence) => {
    expect(() => explore(make)).toThrow(sentence);
  });
});
