import { describe, expect, it } from 'vitest';
import { ConnectionLimit, type LimitedPool } from './connection-limit.ts';

/** A pool that has nothing but the connections that the test gives it. */
class PoolStub implements LimitedPool {
  oldestIdleSinceMs = Infinity;
  oldestWaitSinceMs = Infinity;
  yielded = 0;
  places = 0;
  readonly #limit: ConnectionLimit;
  readonly #wants: boolean;

  constructor(limit: ConnectionLimit, wants = true) {
    this.#limit = limit;
    this.#wants = wants;
    limit.join(this);
  }

  yieldOldestIdle(): void {
    this.yielded += 1;
    this.oldestIdleSinceMs = Infinity;
    this.#limit.giveBack();
  }

  onPlace(): void {
    if (this.#wants && this.#limit.tryTake(this)) this.places += 1;
  }
}

describe('the limit of connections in all pools', () => {
  it('gives places until there are none', () => {
    const limit = new ConnectionLimit(2);
    const pool = new PoolStub(limit);
    expect([limit.tryTake(pool), limit.tryTake(pool), limit.tryTake(pool)]).toEqual([true, true, false]);
    expect([limit.taken, limit.isFull, limit.hasPlaceFor(pool)]).toEqual([2, true, false]);
  });

  it('takes the place of the connection idle longest, wherever that is', () => {
    const limit = new ConnectionLimit(3);
    const [young, old, asking] = [new PoolStub(limit), new PoolStub(limit), new PoolStub(limit)];
    for (const pool of [young, old, asking]) limit.tryTake(pool);
    young.oldestIdleSinceMs = 20;
    old.oldestIdleSinceMs = 10;
    expect(limit.hasPlaceFor(asking)).toBe(true);
    expect(limit.tryTake(asking)).toBe(true);
    expect([young.yielded, old.yielded, limit.taken]).toEqual([0, 1, 3]);
  });

  it('never makes a pool yield to itself: it can lend what it has', () => {
    const limit = new ConnectionLimit(1);
    const pool = new PoolStub(limit);
    limit.tryTake(pool);
    pool.oldestIdleSinceMs = 0;
    expect([limit.tryTake(pool), pool.yielded]).toEqual([false, 0]);
  });

  it('gives a free place to who asked first, and past who needs none any more', () => {
    const limit = new ConnectionLimit(1);
    const holder = new PoolStub(limit);
    limit.tryTake(holder);
    const gone = new PoolStub(limit, false);
    const first = new PoolStub(limit);
    const second = new PoolStub(limit);
    for (const pool of [gone, first, second]) limit.tryTake(pool);
    limit.giveBack();
    expect([first.places, second.places, limit.taken]).toEqual([1, 0, 1]);
    limit.giveBack();
    expect([first.places, second.places]).toEqual([1, 1]);
  });

  it('wants a connection back for a request of another pool only if that has waited longer', () => {
    const limit = new ConnectionLimit(1);
    const busy = new PoolStub(limit);
    const starved = new PoolStub(limit);
    limit.tryTake(busy);
    limit.tryTake(starved);
    starved.oldestWaitSinceMs = 5;
    busy.oldestWaitSinceMs = 4;
    expect(limit.isWantedByOther(busy)).toBe(false);
    busy.oldestWaitSinceMs = 6;
    expect(limit.isWantedByOther(busy)).toBe(true);
    expect(limit.isWantedByOther(starved)).toBe(false);
  });

  it('forgets a pool that has ended', () => {
    const limit = new ConnectionLimit(1);
    const [holder, ended] = [new PoolStub(limit), new PoolStub(limit)];
    limit.tryTake(holder);
    limit.tryTake(ended);
    limit.leave(ended);
    limit.giveBack();
    expect([ended.places, limit.taken]).toEqual([0, 0]);
  });
});
