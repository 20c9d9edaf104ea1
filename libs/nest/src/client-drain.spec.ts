import { describe, expect, it } from 'vitest';
import { FakeClock, settle } from '#libs/testing';
import { ClientDrain } from './client-drain.ts';

/** A client whose requests are done when the test says so, or when it is destroyed. */
class ScriptedClient {
  readonly log: string[] = [];
  readonly #done = Promise.withResolvers<void>();

  finishRequests(): void {
    this.#done.resolve();
  }

  async close(): Promise<void> {
    this.log.push('close');
    await this.#done.promise;
    this.log.push('closed');
  }

  async destroy(error?: Error): Promise<void> {
    this.log.push(`destroy: ${error?.message}`);
    this.#done.resolve();
    return this.#done.promise;
  }
}

const CUT = 'destroy: the application shuts down, and its 100 ms are over';

function drain() {
  const client = new ScriptedClient();
  const clock = new FakeClock();
  const drain = new ClientDrain(client, 100, clock, () => client.log.push('cut'));
  return { client, clock, drain };
}

describe('a drain', () => {
  it('leaves the client open until it is asked to finish', async () => {
    const { client, clock, drain: one } = drain();
    one.begin();
    await clock.advanceAsync(99);
    expect(client.log).toEqual([]);
  });

  it('ends when the requests are done, and sets no timer free', async () => {
    const { client, clock, drain: one } = drain();
    one.begin();
    const finished = one.finish();
    client.finishRequests();
    await finished;
    expect(client.log).toEqual(['close', 'closed']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('cuts the client when the time since its beginning is over', async () => {
    const { client, clock, drain: one } = drain();
    one.begin();
    await clock.advanceAsync(60);
    const finished = one.finish();
    await clock.advanceAsync(39);
    expect(client.log).toEqual(['close']);
    await clock.advanceAsync(1);
    await finished;
    expect(client.log).toEqual(['close', 'cut', CUT, 'closed']);
  });

  it('cuts it also before it is asked to finish, so that whoever waits for it gets an end', async () => {
    const { client, clock, drain: one } = drain();
    one.begin();
    await clock.advanceAsync(100);
    expect(client.log).toEqual(['cut', CUT]);
    await one.finish();
    expect(client.log).toEqual(['cut', CUT, 'close', 'closed']);
  });

  it('begins by itself where nothing was to be waited for', async () => {
    const { client, clock, drain: one } = drain();
    const finished = one.finish();
    await settle();
    await clock.advanceAsync(100);
    await finished;
    expect(client.log).toEqual(['close', 'cut', CUT, 'closed']);
  });
});
