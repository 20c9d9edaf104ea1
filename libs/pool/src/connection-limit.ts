import { invariant } from '#libs/kernel';

/** A pool as the limit that it shares with others sees it. */
export interface LimitedPool {
  /** Since when its oldest idle connection has been idle; `Infinity` where none is. */
  readonly oldestIdleSinceMs: number;
  /** Since when its oldest waiting request has waited; `Infinity` where none does. */
  readonly oldestWaitSinceMs: number;
  /** Closes that connection, so that another pool may have its place. */
  yieldOldestIdle(): void;
  /** There is a place now, which it had asked for. */
  onPlace(): void;
}

/**
 * How many connections several pools may have together. Where all places are taken, the connection idle longest in any
 * other pool makes room; where none is idle, pools wait in the order in which they asked.
 */
export class ConnectionLimit {
  readonly max: number;
  #taken = 0;
  #isMakingRoom = false;
  readonly #pools = new Set<LimitedPool>();
  readonly #waiting = new Set<LimitedPool>();

  constructor(max: number) {
    this.max = max;
  }

  /** Places taken now. */
  get taken(): number {
    return this.#taken;
  }

  get isFull(): boolean {
    return this.#taken >= this.max;
  }

  /** Whether a connection that has just become idle should go, for a request of another pool has waited longer. */
  isWantedByOther(pool: LimitedPool): boolean {
    if (this.#waiting.size === 0) return false;
    for (const other of this.#waiting) {
      if (other !== pool && other.oldestWaitSinceMs < pool.oldestWaitSinceMs) return true;
    }
    return false;
  }

  /** Whether the pool could have a place now, perhaps one that another makes room for. */
  hasPlaceFor(pool: LimitedPool): boolean {
    return this.#taken < this.max || this.#donorFor(pool) !== undefined;
  }

  join(pool: LimitedPool): void {
    this.#pools.add(pool);
  }

  /** The pool has closed its last connection and opens none any more. */
  leave(pool: LimitedPool): void {
    this.#pools.delete(pool);
    this.#waiting.delete(pool);
  }

  /** Takes a place, to be given back. False when there is none: the pool hears `onPlace` when it may ask again. */
  tryTake(pool: LimitedPool): boolean {
    if (this.#taken >= this.max) this.#makeRoom(pool);
    if (this.#taken >= this.max) {
      this.#waiting.add(pool);
      return false;
    }
    this.#waiting.delete(pool);
    this.#taken += 1;
    return true;
  }

  giveBack(): void {
    invariant(this.#taken > 0, 'a place was given back twice');
    this.#taken -= 1;
    if (this.#isMakingRoom) return;
    // Who asked may need none any more: then the place is the next one's.
    for (const next of this.#waiting) {
      if (this.#taken >= this.max) return;
      this.#waiting.delete(next);
      next.onPlace();
    }
  }

  #makeRoom(pool: LimitedPool): void {
    const donor = this.#donorFor(pool);
    this.#isMakingRoom = true;
    donor?.yieldOldestIdle();
    this.#isMakingRoom = false;
  }

  #donorFor(pool: LimitedPool): LimitedPool | undefined {
    let donor: LimitedPool | undefined;
    for (const other of this.#pools) {
      const isOlder = other.oldestIdleSinceMs < (donor?.oldestIdleSinceMs ?? Infinity);
      if (other !== pool && isOlder) donor = other;
    }
    return donor;
  }
}
