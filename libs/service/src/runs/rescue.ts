import type { Clock, Timer } from '#libs/kernel';
import type { JobQueues } from '../queues/job-queues.ts';
import type { Runs } from '../repositories/runs.ts';
import type { Coordinator } from './coordinator.ts';

const LOOK_EVERY_MS = 5_000;
/** Who makes a run adds its job right after; an older run without one was forgotten. */
const FORGOTTEN_AFTER_LOOKS = 2;

export interface RescuePorts {
  readonly runs: Pick<Runs, 'active' | 'get'>;
  readonly queues: Pick<JobQueues, 'runJobState' | 'addRun'>;
  readonly coordinator: Pick<Coordinator, 'abandon'>;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;
}

/**
 * Finds runs that have not ended and that no job stands for: who made one ended before it had added the job, or the job
 * was given up. The first kind gets its job, the other is ended as an error, so that none hangs for ever.
 */
export class Rescue {
  readonly #ports: RescuePorts;
  readonly #closing = new AbortController();
  /** How many looks in a row have found a run without a job. */
  #missing = new Map<string, number>();
  #timer: Timer;
  #look: Promise<void> = Promise.resolve();

  constructor(ports: RescuePorts) {
    this.#ports = ports;
    this.#timer = this.#arm();
  }

  async look(): Promise<void> {
    const { runs, queues } = this.#ports;
    const missing = new Map<string, number>();
    for (const id of await runs.active()) {
      const job = await queues.runJobState(id);
      if (job === 'open') continue;
      const looks = (this.#missing.get(id) ?? 0) + 1;
      if (looks < FORGOTTEN_AFTER_LOOKS) missing.set(id, looks);
      else await this.#rescue(id, job);
    }
    this.#missing = missing;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#timer.cancel();
    await this.#look;
  }

  async #rescue(id: string, job: 'given-up' | 'missing'): Promise<void> {
    const { runs, queues, coordinator } = this.#ports;
    const record = await runs.get(id);
    if (job === 'missing' && record?.state.kind === 'queued') return queues.addRun(id);
    return coordinator.abandon(id, 'its job failed again and again', this.#closing.signal);
  }

  #arm(): Timer {
    return this.#ports.clock.setTimer(() => {
      this.#look = this.look()
        .catch((error: unknown) => {
          if (error instanceof Error) this.#ports.onError(error);
        })
        .finally(() => {
          if (!this.#closing.signal.aborted) this.#timer = this.#arm();
        });
    }, LOOK_EVERY_MS);
  }
}
