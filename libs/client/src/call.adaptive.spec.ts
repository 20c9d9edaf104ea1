import { describe, expect, it } from 'vitest';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';
import type { RequestOptions } from './request-options.ts';
import { Watched, alwaysDraws } from './watch.spec-helper.ts';

const ORIGIN = 'http://192.0.2.1';
const RTT_MS = 100;

/** A client before a peer whose wires answer when the test says. As with the system's clock, it lends at the end of a turn. */
class Stage {
  readonly clock = new FakeClock(1_000, 'by-hand');
  readonly connector = new ScriptedConnector();
  readonly client: Client;

  constructor(options: ClientOptions) {
    const pool = { maxConnections: 40, acquireTimeoutMs: 60_000, ...options.pool };
    this.client = new Client(
      { retry: false, breaker: false, adaptive: true, ...options, pool },
      { clock: this.clock, rng: alwaysDraws(0.5), connector: () => this.connector },
    );
  }

  get limit(): number | undefined {
    return this.client.stats().origins.get(ORIGIN)?.adaptiveLimit;
  }

  get pool(): { readonly active: number; readonly pending: number } {
    return this.client.stats().pool;
  }

  /** Requests of paths `/0`, `/1`, and so on. */
  send(count: number, options: RequestOptions = {}): Watched<unknown>[] {
    const sent = Array.from({ length: count }, (_, i) => {
      const response = this.client.request(`${ORIGIN}/${i}`, options);
      return new Watched(response);
    });
    this.connect();
    return sent;
  }

  /** Whatever is dialled connects, and has its request. */
  connect(): void {
    for (const wire of this.connector.dialled) wire.connect();
    this.clock.endTurn();
  }

  /** Everything under way is answered after `afterMs`, or ends as `end` has it; whoever waits comes next. */
  async round(
    afterMs = RTT_MS,
    end: 'answer' | 'cut' | 'unavailable' | 'too-many' = 'answer',
  ): Promise<void> {
    await this.clock.advanceAsync(afterMs);
    const { dialled } = this.connector;
    const busy = dialled.filter((wire) => wire.sent !== '' && !wire.isOver);
    for (const wire of busy) {
      wire.sent = '';
      if (end === 'cut') {
        wire.receive('HTTP/1.1 200');
        wire.fail('ECONNRESET');
      } else wire.respond('ok', { answer: 200, unavailable: 503, 'too-many': 429 }[end]);
    }
    await settle();
    this.clock.endTurn();
    this.connect();
  }
}

describe('a client with an adaptive limit', () => {
  it('has at most so many requests under way, and the others wait in their order', async () => {
    const stage = new Stage({});
    stage.send(30);
    expect(stage.limit).toBe(20);
    expect(stage.pool).toMatchObject({ active: 20, pending: 10 });
    // The wire that connected last is lent first.
    const [last, ...others] = stage.connector.dialled.toReversed();
    expect([last, ...others].map((wire) => wire?.requestLines.join())).toEqual(
      Array.from({ length: 20 }, (_, i) => `GET /${i}`),
    );
    last?.respond();
    await settle();
    stage.clock.endTurn();
    expect(last?.requestLines).toEqual(['GET /0', 'GET /20']);
    expect(stage.pool).toMatchObject({ active: 20, pending: 9 });
  });

  it('has no more than the pool may have connections', () => {
    const stage = new Stage({ pool: { maxConnections: 5 } });
    stage.send(30);
    expect(stage.limit).toBe(5);
  });

  it('is off unless asked for', () => {
    for (const adaptive of [undefined, false]) {
      const stage = new Stage({ adaptive });
      stage.send(40);
      expect([stage.limit, stage.pool.active]).toEqual([undefined, 40]);
    }
  });

  it('refuses anything else with a sentence', () => {
    const make = (): unknown => Reflect.construct(Client, [{ adaptive: 'on' }]);
    expect(make).toThrow('adaptive must be true, false or an object of options, got "on"');
    expect(() => new Client({ adaptive: { minLimit: 33 } })).toThrow(
      'adaptive.minLimit must be a whole number from 1 to 32, got 33',
    );
  });

  it('grows while answers come fast, and lends what it has grown by at once', async () => {
    const stage = new Stage({});
    stage.send(400);
    const limits: Array<number | undefined> = [];
    const active: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      await stage.round();
      limits.push(stage.limit);
      active.push(stage.pool.active);
    }
    // The first window is not believed, the second halves the load, the third finds that this helps nothing.
    expect(limits).toEqual([20, 10, 20, 22, 24, 27]);
    expect(active).toEqual(limits);
  });

  it('counts from the lease: what requests wait in its own queue does not slow it down', async () => {
    const stage = new Stage({ pool: { maxPending: 4_000 } });
    const sent = stage.send(1_200);
    for (let i = 0; i < 30; i += 1) await stage.round();
    // The last ones have waited for three seconds by now, thirty times as long as an answer takes.
    expect(stage.limit).toBe(40);
    expect(sent.filter(({ isPending }) => isPending).length).toBeGreaterThan(0);
  });

  it('shrinks when answers take longer', async () => {
    const stage = new Stage({});
    stage.send(400);
    for (let i = 0; i < 3; i += 1) await stage.round();
    await stage.round(2 * RTT_MS);
    expect(stage.limit).toBeLessThan(20);
  });

  it.each(['cut', 'unavailable', 'too-many'] as const)('is cut once by a burst: %s', async (end) => {
    const stage = new Stage({});
    stage.send(400);
    for (let i = 0; i < 3; i += 1) await stage.round();
    await stage.round(RTT_MS, end);
    expect(stage.limit).toBe(18);
  });

  it('learns nothing from connections that were stale, whose requests are sent again for free', async () => {
    const stage = new Stage({});
    stage.send(400);
    for (let i = 0; i < 3; i += 1) await stage.round();
    await stage.clock.advanceAsync(RTT_MS);
    for (const wire of stage.connector.dialled) wire.fail('ECONNRESET');
    await settle();
    expect(stage.limit).toBe(20);
  });

  it('learns nothing from deadlines that pass in its own queue', async () => {
    const stage = new Stage({});
    stage.send(20);
    for (let i = 0; i < 5; i += 1) {
      const queued = stage.send(20, { deadlineMs: RTT_MS });
      await stage.clock.advanceAsync(RTT_MS);
      expect(queued.map(({ error }) => error?.code)).toEqual(
        Array.from({ length: 20 }, () => 'PLR_DEADLINE'),
      );
    }
    expect(stage.limit).toBe(20);
  });

  it('learns nothing from callers who go away', async () => {
    const stage = new Stage({});
    for (let i = 0; i < 5; i += 1) {
      const abort = new AbortController();
      stage.send(20, { signal: abort.signal });
      await stage.clock.advanceAsync(RTT_MS);
      abort.abort();
      await settle();
    }
    expect(stage.limit).toBe(20);
  });

  it('learns nothing from a streamed request body, which takes as long as its source', async () => {
    const stage = new Stage({});
    for (let i = 0; i < 5; i += 1) {
      for (let n = 0; n < 20; n += 1) {
        const body = (async function* pieces() {
          yield Buffer.from('piece');
        })();
        void new Watched(stage.client.request(ORIGIN, { method: 'POST', body }));
      }
      stage.connect();
      await stage.round();
    }
    expect(stage.limit).toBe(20);
  });

  it('has a limit for each origin', async () => {
    const stage = new Stage({});
    stage.send(400);
    for (let i = 0; i < 3; i += 1) await stage.round();
    await stage.round(RTT_MS, 'cut');
    void new Watched(stage.client.request('http://192.0.2.2'));
    expect(stage.client.stats().origins.get('http://192.0.2.2')?.adaptiveLimit).toBe(20);
    expect(stage.limit).toBe(18);
  });
});
