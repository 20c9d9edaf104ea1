import { isFinal } from '#libs/campaign';
import type { Clock } from '#libs/kernel';
import type { RedisTime } from '../redis/redis-time.ts';
import type { Signals } from '../redis/signals.ts';
import type { Runs } from '../repositories/runs.ts';
import { Coordination } from './coordination.ts';
import { LostClaimError } from './lost-claim-error.ts';
import { runOrder } from './run-order.ts';
import type { RunWorld } from './run-world.ts';

export interface CoordinatorPorts {
  readonly runs: Runs;
  readonly signals: Signals;
  readonly world: RunWorld;
  readonly clock: Clock;
  readonly readTime: () => Promise<RedisTime>;
  readonly addSegments: (runId: string, segments: number) => Promise<void>;
}

/** Sees runs through, each for as long as this worker owns it. */
export class Coordinator {
  readonly #ports: CoordinatorPorts;

  constructor(ports: CoordinatorPorts) {
    this.#ports = ports;
  }

  /** Takes a run, wherever it stands, and resolves when it has ended or somebody else has taken it. */
  coordinate(runId: string, closing: AbortSignal): Promise<void> {
    return this.#own(runId, closing, (coordination) => coordination.run());
  }

  /** Takes a run that its jobs could not see through, and ends it as an error. */
  abandon(runId: string, message: string, closing: AbortSignal): Promise<void> {
    return this.#own(runId, closing, (coordination) => coordination.abandon(message));
  }

  async #own(
    runId: string,
    closing: AbortSignal,
    work: (coordination: Coordination) => Promise<void>,
  ): Promise<void> {
    const { runs, world, readTime } = this.#ports;
    const taken = await runs.claim(runId);
    if (!taken || isFinal(taken.record.state)) return;
    const ports = { ...this.#ports, time: await readTime() };
    const tools = await world.toolsFor(runOrder(taken.record));
    try {
      await work(new Coordination(ports, taken, tools, closing));
    } catch (error) {
      if (!(error instanceof LostClaimError)) throw error;
    } finally {
      await tools.close();
    }
  }
}
