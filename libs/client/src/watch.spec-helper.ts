import { PoolerError, type Rng } from '#libs/kernel';
import { channels, type FaultRecord, type RequestRecord } from '#libs/records';

/** A promise that a test looks at without waiting for it. */
export class Watched<T> {
  settledTimes = 0;
  value: T | undefined;
  error: PoolerError | undefined;

  constructor(promise: Promise<T>) {
    void this.#follow(promise);
  }

  get isPending(): boolean {
    return this.settledTimes === 0;
  }

  async #follow(promise: Promise<T>): Promise<void> {
    try {
      this.value = await promise;
    } catch (error) {
      if (!(error instanceof PoolerError)) throw error;
      this.error = error;
    }
    this.settledTimes += 1;
  }
}

/** Chance that always draws the same. */
export function alwaysDraws(value: number): Rng {
  return { next: () => value };
}

/** Everything that clients of this process tell from now on. */
export class Recording {
  readonly requests: RequestRecord[] = [];
  readonly faults: FaultRecord[] = [];
  readonly #unsubscribes = [
    channels.request.subscribe((record) => this.requests.push(record)),
    channels.fault.subscribe((record) => this.faults.push(record)),
  ];

  /** The record of the request that ended first, or as number `index`, from 0. */
  request(index = 0): RequestRecord {
    const record = this.requests[index];
    if (!record) throw new Error(`only ${this.requests.length} requests were recorded`);
    return record;
  }

  /** Why each attempt of that request was made, in order. */
  kinds(index = 0): string[] {
    return this.request(index).attempts.map(({ kind }) => kind);
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
  }
}
