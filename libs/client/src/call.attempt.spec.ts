import { describe, expect, it } from 'vitest';
import type { Propagator } from '#libs/records';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';
import type { RequestOptions } from './request-options.ts';
import { Watched, alwaysDraws } from './watch.spec-helper.ts';

const URL = 'http://192.0.2.1/';
const BACKOFF_MS = 25;

/** A client over scripted wires, and what they were told of each attempt. */
class Scene {
  readonly clock = new FakeClock();
  readonly connector = new ScriptedConnector();
  readonly #client: Client;

  constructor(options: ClientOptions) {
    this.#client = new Client(options, {
      clock: this.clock,
      rng: alwaysDraws(0),
      connector: () => this.connector,
    });
  }

  async send(options?: RequestOptions): Promise<Watched<Awaited<ReturnType<Client['request']>>>> {
    const outcome = new Watched(this.#client.request(URL, options));
    await settle();
    return outcome;
  }

  /** Sends a request that gets two 503 and then a 200, on one connection. */
  async sendThroughTwoFailures(options?: RequestOptions): Promise<void> {
    const outcome = await this.send(options);
    this.connector.wire(0).connect();
    for (const statusCode of [503, 503, 200]) {
      this.connector.wire(0).respond('', statusCode);
      await this.clock.advanceAsync(BACKOFF_MS);
    }
    expect(outcome.value?.statusCode).toBe(200);
    expect(this.connector.wire(0).requestLines).toHaveLength(3);
  }

  /** The lines of that name in all heads, in the order of the wires. */
  lines(name: string): string[] {
    const line = new RegExp(`^${name}: .*(?=\\r$)`, 'gim');
    return this.connector.dialled.flatMap(({ sent }) => sent.match(line) ?? []);
  }
}

describe('the number of an attempt', () => {
  it('is told with each retry of the policy', async () => {
    const scene = new Scene({ retry: { attemptHeader: true } });
    await scene.sendThroughTwoFailures();
    expect(scene.lines('x-request-attempt')).toEqual([
      'X-Request-Attempt: 1',
      'X-Request-Attempt: 2',
      'X-Request-Attempt: 3',
    ]);
  });

  it('counts the free re-send after a stale connection', async () => {
    const scene = new Scene({ retry: { attempts: 2, attemptHeader: true } });
    await scene.send();
    scene.connector.wire(0).connect();
    scene.connector.wire(0).respond();
    await settle();
    await scene.send();
    scene.connector.wire(0).finish();
    await settle();
    scene.connector.wire(1).connect();
    scene.connector.wire(1).respond('', 503);
    await scene.clock.advanceAsync(BACKOFF_MS);
    expect(scene.lines('x-request-attempt')).toEqual([
      'X-Request-Attempt: 1',
      'X-Request-Attempt: 1',
      'X-Request-Attempt: 2',
      'X-Request-Attempt: 3',
    ]);
  });

  it('goes out under the name that the client was given, beside the traceparent', async () => {
    const propagator: Propagator = { startTrace: () => ({ traceparent: (attempt) => `stamp-${attempt}` }) };
    const scene = new Scene({ propagator, retry: { attemptHeader: 'x-envoy-attempt-count' } });
    await scene.send();
    scene.connector.wire(0).connect();
    expect(scene.connector.wire(0).sent).toMatch(
      /\r\ntraceparent: stamp-1\r\nx-envoy-attempt-count: 1\r\n\r\n$/,
    );
  });

  it("is not told a second time where the caller gave a field of that name, whatever its letters' case", async () => {
    const scene = new Scene({ retry: { attemptHeader: true } });
    await scene.sendThroughTwoFailures({ headers: { 'x-request-ATTEMPT': 'mine' } });
    expect(scene.lines('x-request-attempt')).toEqual(Array(3).fill('x-request-ATTEMPT: mine'));
  });

  it.each([[{}], [{ retry: { attemptHeader: false } }], [{ retry: false as const }]])(
    'stays at home with the options %j',
    async (options) => {
      const scene = new Scene(options);
      await scene.send();
      scene.connector.wire(0).connect();
      expect(scene.connector.wire(0).sent).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
      expect(scene.lines('x-.*')).toEqual([]);
    },
  );
});
