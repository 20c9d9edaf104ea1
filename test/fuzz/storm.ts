import { FOREIGN_ANSWER } from './chaos-server.ts';
import { isIdle } from './connection-view.ts';
import type { FuzzOrigin } from './fuzz-origin.ts';
import type { FuzzWorld } from './fuzz-world.ts';
import { CALM, WEATHERS } from './weather.ts';

/** A sleep beyond this is a jump of time for a pool. */
const LEAST_JUMP_MS = 2_001;

/** A time of trouble: what may happen in it, one thing a step. */
export class Storm {
  readonly #world: FuzzWorld;

  constructor(world: FuzzWorld) {
    this.#world = world;
  }

  begin(): void {
    this.#world.setWeather(WEATHERS['gusty'] ?? CALM, 'gusty');
    if (this.#world.faults) this.#world.faults.isOn = true;
  }

  /** One thing happens. */
  async act(): Promise<void> {
    const world = this.#world;
    const { dice, network, time } = world;
    const { traits } = world.settings;
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
      name: traits.names ? 2 : 0,
      sleep: traits.sleep ? 0.3 : 0,
      stall: traits.sleep ? 0.2 : 0,
      isolation: traits.isolation ? 0.5 : 0,
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
        return time.advance(dice.whole(0, 12));
      case 'wait-long':
        return time.advance(dice.whole(100, 1_500));
      case 'weather':
        return this.drawWeather([dice.pick(world.origins)]);
      case 'busy-loop': {
        network.blockLoop();
        await time.advance(dice.whole(1, 15));
        for (let i = dice.whole(0, 4); i > 0; i -= 1) world.send(false);
        network.unblockLoop();
        return time.advance(0);
      }
      case 'peer-acts':
        return this.#peerActs();
      case 'lost-packets':
        return this.#losePackets();
      case 'name':
        return dice.pick(world.origins).rotate(dice);
      case 'sleep':
        return this.#sleep();
      case 'stall':
        return this.#stall();
      case 'isolation':
        return this.#isolate();
    }
  }

  drawWeather(origins: readonly FuzzOrigin[]): void {
    const name = this.#world.dice.pick(Object.keys(WEATHERS));
    this.#world.setWeather(WEATHERS[name] ?? CALM, name, origins);
  }

  #abort(): void {
    const underWay = [...this.#world.underWay];
    if (underWay.length === 0) return;
    const request = this.#world.dice.pick(underWay);
    this.#world.log.note(`${request.token} is aborted`);
    request.controller.abort(new Error('the fuzzer has changed its mind'));
  }

  #peerActs(): void {
    const { network, dice, log, condemned } = this.#world;
    const { links } = network;
    if (links.length === 0) return undefined;
    const link = dice.pick(links);
    const act = dice.pick(['fin', 'reset', 'speaks']);
    log.note(`the peer acts: ${act}`);
    if (act === 'fin') return link.socket.end();
    if (act === 'reset') return link.socket.reset();
    if (!isIdle(link)) return undefined;
    condemned.add(link.transport);
    return link.intrude(FOREIGN_ANSWER);
  }

  #losePackets(): void {
    const { network, dice, clock, log } = this.#world;
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

  /** The machine sleeps. What lies between may forget its connections meanwhile. */
  #sleep(): void {
    const { network, dice, clock, slept, log } = this.#world;
    const { links } = network;
    log.note('the machine sleeps');
    clock.sleep(dice.whole(LEAST_JUMP_MS, 60_000));
    for (const link of links) if (isIdle(link)) slept.add(link.transport);
    if (dice.hits(0.5)) for (const link of links) link.blackHole();
  }

  /** The process stands still, and the world goes on. */
  async #stall(): Promise<void> {
    const { dice, clock, time, origins, log } = this.#world;
    log.note('the process stands still');
    clock.stall(dice.whole(100, 4_000));
    for (const { leases } of origins) leases.excuse(clock.nowMs());
    return time.advance(0);
  }

  /** Somebody takes an origin out by hand, for a while. */
  #isolate(): void {
    const { dice, clock, origins, client } = this.#world;
    const { url, isolation } = dice.pick(origins);
    if (isolation.isOn) return;
    client.breaker(url)?.isolate('by hand');
    const forMs = dice.whole(1, 400);
    isolation.begin(clock.nowMs(), clock.nowMs() + forMs);
    clock.setTimer(() => {
      client.breaker(url)?.deIsolate();
      isolation.end(clock.nowMs());
    }, forMs);
  }
}
