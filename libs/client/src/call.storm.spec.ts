import { seededRng } from '#libs/kernel';
import { FakeClock, ScriptedConnector, settle, type ScriptedTransport } from '#libs/testing';
import type { TransportHandler } from '#libs/pool';
import { describe, expect, it } from 'vitest';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';

const STORM_SECONDS = 5;
const REQUESTS_PER_SECOND = 500;
const REQUESTS = STORM_SECONDS * REQUESTS_PER_SECOND;
const BUDGET = { startTokens: 10, tokensPerSecond: 10, tokensPerRequest: 0.2 };

/** A peer that refuses every connection. */
class RefusingConnector extends ScriptedConnector {
  override dial(handler: TransportHandler): ScriptedTransport {
    const wire = super.dial(handler);
    queueMicrotask(() => wire.fail('ECONNREFUSED'));
    return wire;
  }
}

/** Sends at an even rate into a peer that fails everything. Returns how many attempts reached it. */
async function storm(options: ClientOptions): Promise<{ client: Client; attempts: number }> {
  const clock = new FakeClock();
  const connector = new RefusingConnector();
  const client = new Client(options, { clock, rng: seededRng(1), connector: () => connector });
  for (let sent = 0; sent < REQUESTS; sent += 1) {
    client.request('http://192.0.2.1/').catch(() => {});
    await clock.advanceAsync(1000 / REQUESTS_PER_SECOND);
  }
  await settle();
  return { client, attempts: connector.dialled.length };
}

describe(`${REQUESTS_PER_SECOND} requests a second for ${STORM_SECONDS} s into a peer that fails everything`, () => {
  it("make no more attempts than the bucket's bound, without a breaker", async () => {
    const { client, attempts } = await storm({ breaker: false, retry: { budget: BUDGET } });
    // The cap follows the requests of ten seconds, and is highest when all of them are in.
    const highestCap = BUDGET.startTokens + (BUDGET.tokensPerRequest * REQUESTS) / 10;
    const retries = highestCap + BUDGET.tokensPerSecond * STORM_SECONDS + BUDGET.tokensPerRequest * REQUESTS;
    expect(attempts - REQUESTS).toBeLessThanOrEqual(retries);
    // A budget that lets nothing through would keep the bound too.
    expect(attempts - REQUESTS).toBeGreaterThan(0.9 * BUDGET.tokensPerRequest * REQUESTS);
    expect(client.stats().retriesWithheld).toBeGreaterThan(0);
  });

  it('make twice as many more without a budget, which is the contrast', async () => {
    const { attempts } = await storm({ breaker: false, retry: { budget: false } });
    expect(attempts).toBeGreaterThan(2.9 * REQUESTS);
  });

  it('reach it no more once the breaker is open, but by the background dial', async () => {
    const { client, attempts } = await storm({ retry: { budget: BUDGET } });
    expect(client.stats().circuitOpens).toBe(1);
    // Full jitter up to 250 ms: on average eight dials a second.
    expect(attempts).toBeLessThan(20 * STORM_SECONDS);
  });
});
