import { LONGEST_DEADLINE_MS, type FuzzRequest } from './fuzz-request.ts';
import { RECOVERY_MS } from './fuzz-settings.ts';
import type { FuzzWorld } from './fuzz-world.ts';
import { CALM } from './weather.ts';

/** For what is under way when the calm begins: a few times the latency. */
const SETTLING_MS = 60;
const PROBE_EVERY_MS = 40;
const PROBES = 20;
/** A pool waits so long, at most, before it dials again to have its least number of connections. */
const LONGEST_REFILL_MS = 5_500;

/** A time without faults, in which everything must recover. */
export class Calm {
  readonly #world: FuzzWorld;
  /** Does something, and looks whether everything holds. */
  readonly #guard: (act: () => Promise<void>) => Promise<void>;
  readonly #fail: (sentence: string) => never;

  constructor(
    world: FuzzWorld,
    guard: (act: () => Promise<void>) => Promise<void>,
    fail: (sentence: string) => never,
  ) {
    this.#world = world;
    this.#guard = guard;
    this.#fail = fail;
  }

  /** What starts after the longest opening of the breaker and one wait must succeed. */
  async run(): Promise<void> {
    const world = this.#world;
    this.#endFaults();
    await this.#pass(Math.max(SETTLING_MS, this.#outlastMs()));
    // Recovery needs requests, but no pool does to be ready for them.
    if (world.dice.hits(0.3)) await this.#checkRefill();
    for (let ms = 0; ms < RECOVERY_MS; ms += PROBE_EVERY_MS) await this.#probe(ms / PROBE_EVERY_MS);
    const probes: FuzzRequest[] = [];
    for (let i = 0; i < PROBES; i += 1) probes.push(await this.#probe(i));
    await this.#pass(LONGEST_DEADLINE_MS);
    for (const { token, outcome } of probes) {
      if (!/^read [23]/.test(outcome)) this.#fail(`${token} was sent in the calm and ended as ${outcome}`);
    }
    if (world.underWay.size > 0) this.#fail(`${world.underWay.size} requests never ended`);
    for (const { slowCalls } of world.origins) slowCalls.settle();
  }

  #endFaults(): void {
    const { network, origins, faults, underWay } = this.#world;
    this.#world.setWeather(CALM, 'calm');
    if (faults) faults.isOn = false;
    for (const link of network.links) link.heal();
    for (const { server } of origins) server.dropExchanges();
    // Timeouts and deadlines too short for any peer would fail the breaker's trials still.
    for (const request of underWay) request.controller.abort(new Error('the storm is over'));
  }

  async #pass(ms: number): Promise<void> {
    await this.#guard(async () => this.#world.time.advance(ms));
  }

  /** What was to last for a while still does. */
  #outlastMs(): number {
    const { clock, origins } = this.#world;
    return Math.max(
      ...origins.map((origin) => Math.max(origin.downUntilMs, origin.isolation.untilMs) - clock.nowMs()),
    );
  }

  /** One at a time: together the origins may have one connection only. */
  async #probe(turn: number): Promise<FuzzRequest> {
    const { origins, dice, settings } = this.#world;
    const origin = origins[turn % origins.length];
    // That a name moves is no fault.
    if (settings.traits.names && dice.hits(0.05)) origin?.rotate(dice);
    const request = this.#world.send(true, origin);
    await this.#pass(PROBE_EVERY_MS);
    return request;
  }

  async #checkRefill(): Promise<void> {
    const { client, network, settings } = this.#world;
    const { minIdle, maxTotal } = settings;
    await this.#pass(LONGEST_REFILL_MS);
    if (network.open >= maxTotal) return;
    for (const [url, { pool }] of client.stats().origins) {
      const { active, idle, dialing } = pool;
      if (active + idle + dialing < minIdle && dialing === 0)
        this.#fail(`${idle} connections to ${url} are idle, ${minIdle} are to be`);
    }
  }
}
