import { setImmediate as macrotask } from 'node:timers/promises';
import { Calm } from './calm.ts';
import { LONGEST_DEADLINE_MS } from './fuzz-request.ts';
import { FuzzWorld } from './fuzz-world.ts';
import { checkInvariants } from './invariants.ts';
import { Storm } from './storm.ts';
import { CALM } from './weather.ts';

/** So many steps of trouble, then calm, in which everything must recover. */
const STEPS_PER_STORM = 2_000;

/** What one run was. */
export interface FuzzReport {
  readonly seed: number;
  readonly steps: number;
  readonly requests: number;
  /** The same seed gives the same digest. */
  readonly digest: string;
  /** How the requests ended, and how often. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What else there was: why connections closed, what moved the breakers, which faults the client made. */
  readonly events: Readonly<Record<string, number>>;
}

/** A seed under which something that must hold did not. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';

  constructor(world: FuzzWorld, seed: number, step: number, sentence: string, cause?: unknown) {
    super(
      [
        `seed ${seed}, step ${step}: ${sentence}`,
        `again: node tools/with-node.mjs node --conditions=pooler-source test/fuzz/replay.ts --seed ${seed}`,
        `with ${JSON.stringify(world.settings)}`,
        ...world.log.last().map((line) => `  ${line}`),
      ].join('\n'),
      cause === undefined ? undefined : { cause },
    );
  }
}

/** Runs one seed. Throws a `FuzzFailure` at the first step after which something does not hold. */
export async function fuzz(seed: number, steps: number): Promise<FuzzReport> {
  const run = new FuzzRun(seed);
  const { stackTraceLimit } = Error;
  // Errors are what it makes most of, and nobody reads their stacks.
  Error.stackTraceLimit = 0;
  try {
    return await run.run(steps);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    run.world.stop();
  }
}

class FuzzRun {
  readonly world: FuzzWorld;
  readonly #seed: number;
  readonly #storm: Storm;
  readonly #calm: Calm;
  #step = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.world = new FuzzWorld(seed);
    this.#storm = new Storm(this.world);
    this.#calm = new Calm(
      this.world,
      async (act) => this.#guard(act),
      (sentence) => this.#fail(sentence),
    );
  }

  async run(steps: number): Promise<FuzzReport> {
    while (this.#step < steps) {
      this.#storm.begin();
      for (let i = Math.min(STEPS_PER_STORM, steps - this.#step); i > 0; i -= 1) {
        this.#step += 1;
        await this.#guard(async () => this.#storm.act());
      }
      await this.#calm.run();
    }
    await this.#end();
    const { requests, log, events } = this.world;
    const outcomes: Record<string, number> = {};
    for (const { outcome } of requests) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    return { seed: this.#seed, steps, requests: requests.length, digest: log.digest, outcomes, events };
  }

  async #end(): Promise<void> {
    const { world } = this;
    const { client, dice, network, clock, requests, time } = world;
    this.#storm.drawWeather(world.origins);
    for (let i = 0; i < 10; i += 1) world.send(false);
    await this.#guard(async () => time.advance(dice.whole(0, 30)));
    const how = dice.pick(['close', 'destroy'] as const);
    world.log.note(how);
    let isOver = false;
    const ending = (how === 'close' ? client.close() : client.destroy()).then(() => (isOver = true));
    await this.#guard(async () => time.advance(how === 'close' ? LONGEST_DEADLINE_MS : 0));
    if (!isOver) this.#fail(`${how} never ended`);
    await ending;
    const left = requests.find(({ isPending }) => isPending);
    if (left) this.#fail(`${left.token} was pending after ${how}`);
    if (network.open > 0) this.#fail(`${network.open} connections were open after ${how}`);
    // What the world still has in store for nobody.
    await this.#guard(async () => time.advance(CALM.keepAliveMs * 2));
    if (clock.pendingTimers > 0) this.#fail(`${clock.pendingTimers} timers were left`);
    for (const { token, records } of requests) {
      if (records !== 1) this.#fail(`${token} was recorded ${records} times`);
    }
  }

  /** Does something, and looks whether everything holds. */
  async #guard(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      await this.world.time.endTurn();
      checkInvariants(this.world);
    } catch (error) {
      throw new FuzzFailure(this.world, this.#seed, this.#step, String(error), error);
    }
    if (this.world.bug !== undefined) this.#fail(this.world.bug);
    if (this.#step % 256 === 0) await macrotask();
  }

  #fail(sentence: string): never {
    throw new FuzzFailure(this.world, this.#seed, this.#step, sentence);
  }
}
