import type { Rng } from '#libs/kernel';
import type { ConcurrencyLimit } from './concurrency-limit.ts';

export interface SimulatedServerOptions {
  /** Requests that it works on at once; others wait in its queue, first in, first out. */
  readonly workers: () => number;
  /** How long a worker takes, given the requests that the server has. */
  readonly serviceMs: (requestsAtServer: number) => number;
  /** How many requests the client would have under way, if the limit let it. */
  readonly demand: (nowMs: number) => number;
  /** After so long the client gives a request up; the server works on it all the same. */
  readonly timeoutMs?: number;
  readonly rng: Rng;
}

interface Job {
  readonly leasedAtMs: number;
  readonly leases: number;
  doneAtMs: number;
}

/** What the clients of a simulated server saw in a span of time. */
export interface Seen {
  readonly answers: number;
  readonly failures: number;
  readonly meanMs: number;
  /** The mean of the limit, over the events. */
  readonly meanLimit: number;
  readonly lowestLimit: number;
  readonly highestLimit: number;
}

/** A server and a client that keeps to a limit, on virtual time: the client sends as soon as the limit and its demand let it. */
export class SimulatedServer {
  readonly #limit: ConcurrencyLimit;
  readonly #options: SimulatedServerOptions;
  nowMs = 0;
  /** Leased by the client. */
  readonly #underWay = new Set<Job>();
  readonly #queue: Job[] = [];
  readonly #working: Job[] = [];

  constructor(limit: ConcurrencyLimit, options: SimulatedServerOptions) {
    this.#limit = limit;
    this.#options = options;
  }

  /** Lets time go on, and tells what was seen meanwhile. */
  run(forMs: number): Seen {
    const untilMs = this.nowMs + forMs;
    const { timeoutMs = Infinity } = this.#options;
    let [answers, failures, sumMs, events, limits] = [0, 0, 0, 0, 0];
    let [lowestLimit, highestLimit] = [Infinity, 0];
    for (;;) {
      this.#send();
      const done = this.#working.reduce<Job | undefined>(
        (first, job) => (first && first.doneAtMs <= job.doneAtMs ? first : job),
        undefined,
      );
      const [oldest] = this.#underWay;
      const expiresAtMs = (oldest?.leasedAtMs ?? Infinity) + timeoutMs;
      const nextMs = Math.min(done?.doneAtMs ?? Infinity, expiresAtMs, this.nowMs + 50);
      if (nextMs > untilMs) break;
      this.nowMs = nextMs;
      if (done && done.doneAtMs <= nextMs) {
        this.#working.splice(this.#working.indexOf(done), 1);
        if (this.#underWay.delete(done)) {
          answers += 1;
          sumMs += nextMs - done.leasedAtMs;
          this.#limit.onAnswer(done.leasedAtMs, done.leases, nextMs);
        }
      } else if (oldest && expiresAtMs <= nextMs) {
        this.#underWay.delete(oldest);
        failures += 1;
        this.#limit.onFailure(oldest.leasedAtMs, oldest.leases, nextMs);
      }
      events += 1;
      limits += this.#limit.limit;
      lowestLimit = Math.min(lowestLimit, this.#limit.limit);
      highestLimit = Math.max(highestLimit, this.#limit.limit);
    }
    this.nowMs = untilMs;
    return {
      answers,
      failures,
      meanMs: sumMs / answers,
      meanLimit: limits / events,
      lowestLimit,
      highestLimit,
    };
  }

  #send(): void {
    const { demand, workers, serviceMs, rng } = this.#options;
    const most = Math.min(this.#limit.limit, demand(this.nowMs));
    while (this.#underWay.size < most) {
      const job: Job = { leasedAtMs: this.nowMs, leases: this.#underWay.size + 1, doneAtMs: Infinity };
      this.#underWay.add(job);
      this.#queue.push(job);
    }
    while (this.#working.length < workers()) {
      const job = this.#queue.shift();
      if (!job) return;
      this.#working.push(job);
      const meanMs = serviceMs(this.#working.length + this.#queue.length);
      // Some are faster and some slower, by up to a half.
      job.doneAtMs = this.nowMs + meanMs * (0.5 + rng.next());
    }
  }
}
