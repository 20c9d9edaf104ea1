import { setImmediate as macrotask } from 'node:timers/promises';
import type { FuzzRequest } from './fuzz-request.ts';
import { RECOVERY_MS } from './fuzz-settings.ts';
import { FuzzWorld } from './fuzz-world.ts';
import { FOREIGN_ANSWER } from './chaos-server.ts';
import { checkInvariants, isIdle } from './invariants.ts';
import { CALM, WEATHERS } from './weather.ts';

/** So many steps of trouble, then calm, in which everything must recover. */
const STEPS_PER_STORM = 2_000;
/** For what is under way when the calm begins: a few times the latency. */
const SETTLING_MS = 60;
const PROBE_EVERY_MS = 40;
const PROBES_IN_CALM = 20;
/** Nothing that is under way lasts longer: the longest deadline. */
const LONGEST_REQUEST_MS = 6_000;

/** What one run was. */
export interface FuzzReport {
  readonly seed: number;
  readonly steps: number;
  readonly requests: number;
  /** The same seed gives the same digest. */
  readonly digest: string;
  /** How the requests ended, and how often. */
  readonly outcomes: Readonly<Record<string, number>>;
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
  #step = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.world = new FuzzWorld(seed);
  }

  async run(steps: number): Promise<FuzzReport> {
    while (this.#step < steps) {
      await this.#storm(Math.min(STEPS_PER_STORM, steps - this.#step));
      await this.#calm();
    }
    await this.#end();
    const { requests, log } = this.world;
    const outcomes: Record<string, number> = {};
    for (const { outcome } of requests) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    return { seed: this.#seed, steps, requests: requests.length, digest: log.digest, outcomes };
  }

  async #storm(steps: number): Promise<void> {
    this.world.setWeather(WEATHERS['gusty'] ?? CALM, 'gusty');
    for (let i = 0; i < steps; i += 1) {
      this.#step += 1;
      await this.#guard(async () => this.#act());
    }
  }

  /** One thing happens. */
  async #act(): Promise<void> {
    const { world } = this;
    const { dice, network } = world;
    const act = dice.weighted({
      send: 34,
      burst: 2,
      abort: 3,
      wait: 48,
      'wait-long': 2,
      weather: 1,
      'busy-loop': 4,
      'peer-acts': 5,
      'lost-packets': 1,
    });
    switch (act) {
      case 'send':
        world.send(false);
        return undefined;
      case 'burst':
        for (let i = dice.whole(2, 12); i > 0; i -= 1) world.send(false);
        return undefined;
      case 'abort':
        return this.#abort();
      case 'wait':
        return this.#advance(dice.whole(0, 12));
      case 'wait-long':
        return this.#advance(dice.whole(100, 1_500));
      case 'weather':
        return this.#drawWeather();
      case 'busy-loop': {
        network.blockLoop();
        await this.#advance(dice.whole(1, 15));
        for (let i = dice.whole(0, 4); i > 0; i -= 1) world.send(false);
        network.unblockLoop();
        return this.#advance(0);
      }
      case 'peer-acts':
        return this.#peerActs();
      case 'lost-packets':
        return this.#losePackets();
    }
  }

  #drawWeather(): void {
    const name = this.world.dice.pick(Object.keys(WEATHERS));
    this.world.setWeather(WEATHERS[name] ?? CALM, name);
  }

  #abort(): void {
    const underWay = [...this.world.underWay];
    if (underWay.length === 0) return;
    const request = this.world.dice.pick(underWay);
    this.world.log.note(`${request.token} is aborted`);
    request.controller.abort(new Error('the fuzzer has changed its mind'));
  }

  #peerActs(): void {
    const { network, dice, log } = this.world;
    const { links } = network;
    if (links.length === 0) return undefined;
    const link = dice.pick(links);
    const act = dice.pick(['fin', 'reset', 'speaks']);
    log.note(`the peer acts: ${act}`);
    if (act === 'fin') return link.socket.end();
    if (act === 'reset') return link.socket.reset();
    if (!isIdle(link)) return undefined;
    this.world.condemned.add(link.transport);
    return link.intrude(FOREIGN_ANSWER);
  }

  #losePackets(): void {
    const { network, dice, clock, log } = this.world;
    const { links } = network;
    const lost = dice.hits(0.5) ? links : links.slice(0, 1);
    log.note(`packets of ${lost.length} connections are lost`);
    for (const link of lost) link.blackHole();
    clock.setTimer(
      () => {
        for (const link of lost) link.heal();
      },
      dice.whole(5, 1_000),
    );
  }

  /** Faults end. What starts after the longest opening of the breaker and one wait must succeed. */
  async #calm(): Promise<void> {
    const { world } = this;
    world.setWeather(CALM, 'calm');
    for (const link of world.network.links) link.heal();
    world.server.dropExchanges();
    // Timeouts and deadlines too short for any peer would fail the breaker's trials still.
    for (const request of world.underWay) request.controller.abort(new Error('the storm is over'));
    await this.#guard(async () => this.#advance(SETTLING_MS));
    for (let ms = 0; ms < RECOVERY_MS; ms += PROBE_EVERY_MS) {
      world.send(true);
      await this.#guard(async () => this.#advance(PROBE_EVERY_MS));
    }
    const probes: FuzzRequest[] = [];
    for (let i = 0; i < PROBES_IN_CALM; i += 1) {
      probes.push(world.send(true));
      await this.#guard(async () => this.#advance(PROBE_EVERY_MS));
    }
    await this.#guard(async () => this.#advance(LONGEST_REQUEST_MS));
    for (const { token, outcome } of probes) {
      if (!/^read [23]/.test(outcome)) this.#fail(`${token} was sent in the calm and ended as ${outcome}`);
    }
    if (world.underWay.size > 0) this.#fail(`${world.underWay.size} requests never ended`);
  }

  async #end(): Promise<void> {
    const { world } = this;
    const { client, dice, network, clock, requests } = world;
    this.#drawWeather();
    for (let i = 0; i < 10; i += 1) world.send(false);
    await this.#guard(async () => this.#advance(dice.whole(0, 30)));
    const how = dice.pick(['close', 'destroy'] as const);
    world.log.note(how);
    let isOver = false;
    const ending = (how === 'close' ? client.close() : client.destroy()).then(() => (isOver = true));
    await this.#guard(async () => this.#advance(how === 'close' ? LONGEST_REQUEST_MS : 0));
    if (!isOver) this.#fail(`${how} never ended`);
    await ending;
    const left = requests.find(({ isPending }) => isPending);
    if (left) this.#fail(`${left.token} was pending after ${how}`);
    if (network.open > 0) this.#fail(`${network.open} connections were open after ${how}`);
    // What the world still has in store for nobody.
    await this.#guard(async () => this.#advance(CALM.keepAliveMs * 2));
    if (clock.pendingTimers > 0) this.#fail(`${clock.pendingTimers} timers were left`);
    for (const { token, records } of requests) {
      if (records !== 1) this.#fail(`${token} was recorded ${records} times`);
    }
  }

  /** Time passes; promises go on at each moment at which something happens. */
  async #advance(ms: number): Promise<void> {
    const { clock } = this.world;
    const untilMs = clock.nowMs() + ms;
    await this.#endTurn();
    for (
      let dueAtMs = clock.nextDueAtMs;
      dueAtMs !== undefined && dueAtMs <= untilMs;
      dueAtMs = clock.nextDueAtMs
    ) {
      clock.advance(dueAtMs - clock.nowMs());
      await this.#endTurn();
    }
    clock.advance(untilMs - clock.nowMs());
  }

  async #endTurn(): Promise<void> {
    await promisesRun();
    this.world.clock.endTurn();
    await promisesRun();
  }

  /** Does something, and looks whether everything holds. */
  async #guard(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      await this.#endTurn();
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

/** Lets every promise callback that is ready run, and those that they make ready: ticks come when none is left. */
async function promisesRun(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
}
