import { seededRng } from '#libs/kernel';
import { channels } from '#libs/records';
import { FakeClock, ScriptedConnector, settle, type ScriptedTransport } from '#libs/testing';
import type { TransportHandler } from '#libs/pool';
import { describe, expect, it } from 'vitest';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';

const STORM_SECONDS = 5;
const REQUESTS_PER_SECOND = 500;
const REQUESTS = STORM_SECONDS * REQUESTS_PER_SECOND;
const BUDGET = { startTokens: 10, tokensPerSecond: 10, tokensPerRequest: 0.2 };
const HALF_OPEN_PERMITS = 3;

type Outage = 'refuses every connection' | 'answers everything with 503';

/** A peer that fails everything until it is well, and counts what reaches it. */
class StormPeer extends ScriptedConnector {
  readonly #outage: Outage;
  #isWell = false;
  /** Refused dials, and requests that were written. */
  attempts = 0;

  constructor(outage: Outage) {
    super();
    this.#outage = outage;
  }

  get isWell(): boolean {
    return this.#isWell;
  }

  set isWell(isWell: boolean) {
    this.#isWell = isWell;
    // Where nobody listens, no connection stands either.
    if (!isWell && this.#outage === 'refuses every connection')
      for (const wire of this.dialled) wire.fail('ECONNRESET');
  }

  override dial(handler: TransportHandler): ScriptedTransport {
    const wire = super.dial(handler);
    const isRefused = !this.isWell && this.#outage === 'refuses every connection';
    if (isRefused) this.attempts += 1;
    queueMicrotask(() => (isRefused ? wire.fail('ECONNREFUSED') : wire.connect()));
    const write = wire.write.bind(wire);
    wire.write = (data) => {
      this.attempts += 1;
      queueMicrotask(() => wire.respond('', this.isWell ? 200 : 503));
      return write(data);
    };
    return wire;
  }
}

/** A client that sends at an even rate to a peer that fails everything. */
class Storm {
  readonly peer: StormPeer;
  readonly client: Client;
  /** How many attempts had reached the peer when the breaker opened first. */
  attemptsBeforeOpen = 0;
  halfOpens = 0;
  readonly #clock = new FakeClock();

  constructor(outage: Outage, options: ClientOptions, seed = 1) {
    this.peer = new StormPeer(outage);
    this.client = new Client(options, {
      clock: this.#clock,
      rng: seededRng(seed),
      connector: () => this.peer,
    });
  }

  /** Sends so many requests. Returns how many of them succeeded. */
  async blow(requests: number): Promise<number> {
    let ok = 0;
    const stop = channels.breaker.subscribe(({ from, to }) => {
      if (from === 'closed' && to === 'open') this.attemptsBeforeOpen = this.peer.attempts;
      if (to === 'half-open') this.halfOpens += 1;
    });
    const send = async (): Promise<void> => {
      const { statusCode } = await this.client.request('http://192.0.2.1/');
      if (statusCode === 200) ok += 1;
    };
    for (let sent = 0; sent < requests; sent += 1) {
      send().catch(() => {});
      await this.#clock.advanceAsync(1000 / REQUESTS_PER_SECOND);
    }
    await settle();
    stop();
    return ok;
  }
}

describe.each(['refuses every connection', 'answers everything with 503'] as const)(
  `${REQUESTS_PER_SECOND} requests a second for ${STORM_SECONDS} s to a peer that %s`,
  (outage) => {
    it("make no more attempts than the bucket's bound, without a breaker", async () => {
      const storm = new Storm(outage, { breaker: false, retry: { budget: BUDGET } });
      await storm.blow(REQUESTS);
      // The cap follows the requests of ten seconds, and is highest when all of them are in.
      const highestCap = BUDGET.startTokens + (BUDGET.tokensPerRequest * REQUESTS) / 10;
      const retries =
        highestCap + BUDGET.tokensPerSecond * STORM_SECONDS + BUDGET.tokensPerRequest * REQUESTS;
      expect(storm.peer.attempts - REQUESTS).toBeLessThanOrEqual(retries);
      // A budget that lets nothing through would keep the bound too.
      expect(storm.peer.attempts - REQUESTS).toBeGreaterThan(0.9 * BUDGET.tokensPerRequest * REQUESTS);
      expect(storm.client.stats().retriesWithheld).toBeGreaterThan(0);
    });

    it('make twice as many more without a budget, which is the contrast', async () => {
      const storm = new Storm(outage, { breaker: false, retry: { budget: false } });
      await storm.blow(REQUESTS);
      expect(storm.peer.attempts).toBeGreaterThan(2.9 * REQUESTS);
    });
  },
);

describe('a storm, once the breaker is open', () => {
  it('of refused connections reaches the peer no more, but by the background dial', async () => {
    const storm = new Storm('refuses every connection', { retry: { budget: BUDGET } });
    await storm.blow(REQUESTS);
    expect(storm.client.stats().circuitOpens).toBe(1);
    // Full jitter up to 250 ms: on average eight dials a second.
    expect(storm.peer.attempts).toBeLessThan(20 * STORM_SECONDS);
  });

  it('of 503 reaches the peer only as permits, with and without a budget', async () => {
    for (const budget of [BUDGET, false] as const) {
      const storm = new Storm('answers everything with 503', {
        retry: { budget },
        breaker: { halfOpenPermits: HALF_OPEN_PERMITS },
      });
      await storm.blow(REQUESTS);
      expect(storm.halfOpens).toBeGreaterThan(1);
      const after = storm.peer.attempts - storm.attemptsBeforeOpen;
      expect(after).toBeGreaterThan(0);
      expect(after).toBeLessThanOrEqual(storm.halfOpens * HALF_OPEN_PERMITS);
      expect(storm.client.stats().circuitOpens).toBe(storm.halfOpens + 1);
    }
  });
});

describe('after a storm of 5 s', () => {
  /** How long all was well before: the breaker's window must fill with failures first, so it opens that much later. */
  const secondsBefore = [0, 1, 2, 3, 4];

  /** Storms, lets so much time go by after the peer's return, and counts what then succeeds in a second. */
  async function okInASecond(storm: Storm, seconds: number, secondsAfter: number): Promise<number> {
    storm.peer.isWell = true;
    await storm.blow(seconds * REQUESTS_PER_SECOND);
    storm.peer.isWell = false;
    await storm.blow(REQUESTS);
    storm.peer.isWell = true;
    await storm.blow(secondsAfter * REQUESTS_PER_SECOND);
    return storm.blow(REQUESTS_PER_SECOND);
  }

  it.each(secondsBefore)(
    'that cut every connection, after %i s of peace, all succeeds 0.5 s after the return',
    async (seconds) => {
      const storm = new Storm('refuses every connection', {});
      expect(await okInASecond(storm, seconds, 0.5)).toBe(REQUESTS_PER_SECOND);
    },
  );

  it.each(secondsBefore)(
    'of 503, after %i s of peace, all succeeds 2 s after the return',
    async (seconds) => {
      const storm = new Storm('answers everything with 503', {});
      expect(await okInASecond(storm, seconds, 2)).toBe(REQUESTS_PER_SECOND);
    },
  );
});
