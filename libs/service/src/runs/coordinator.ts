import { isFinal } from '#libs/campaign';
import type { Clock } from '#libs/kernel';
import type { RedisTime } from '../redis/redis-time.ts';
import type { Signals } from '../redis/signals.ts';
import type { Runs } from '../repositories/runs.ts';
import { Coordination, type CoordinationTools } from './coordination.ts';
import { LostClaimError } from './lost-claim-error.ts';
import { runOrder } from './run-order.ts';
import { RunRefusedError } from './run-refused-error.ts';
import type { RunRecord } from './run-record.ts';
import type { RunTools, RunWorld } from './run-world.ts';

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
    const { runs, readTime } = this.#ports;
    const taken = await runs.claim(runId);
    if (!taken || isFinal(taken.record.state)) return;
    const ports = { ...this.#ports, time: await readTime() };
    const tools = await this.#toolsFor(taken.record);
    try {
      if (tools.kind === 'refused') {
        await new Coordination(ports, taken, NO_TOOLS, closing).abandon(tools.message);
      } else {
        await work(new Coordination(ports, taken, tools, closing));
      }
    } catch (error) {
      if (!(error instanceof LostClaimError)) throw error;
    } finally {
      if (tools.kind === 'tools') await tools.close();
    }
  }

  async #toolsFor(
    record: RunRecord,
  ): Promise<
    ({ readonly kind: 'tools' } & RunTools) | { readonly kind: 'refused'; readonly message: string }
  > {
    try {
      const tools = await this.#ports.world.toolsFor(runOrder(record));
      return { kind: 'tools', ...tools };
    } catch (error) {
      if (error instanceof RunRefusedError) return { kind: 'refused', message: error.message };
      throw error;
    }
  }
}

/** With them nothing reaches the target; what was done to it by an earlier owner ends by itself. */
const NO_TOOLS: CoordinationTools = {
  faults: {
    apply: async () => Promise.resolve(),
    remove: async () => Promise.resolve(),
    removeAll: async () => Promise.resolve(),
  },
  canary: async () => Promise.resolve(false),
};
