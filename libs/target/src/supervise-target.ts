import { systemClock } from '#libs/kernel';

import { startControlServer } from './control-server.ts';
import { type SuperviseOptions, superviseSettings } from './options.ts';
import {
  type Crash,
  Supervisor,
  type SupervisorEnd,
  type SupervisorListener,
  type SupervisorState,
} from './supervisor.ts';
import { forkTarget } from './target-child.ts';

/** A target in a process of its own that is started again, on the same port, whenever it dies. */
export interface SupervisedTarget {
  readonly port: number;
  /** Where the control server listens: `http://host:port`. */
  readonly controlUrl: string;
  readonly controlPort: number;
  state(): SupervisorState;
  /** Kills the target with SIGKILL; it stays away for `outageMs`. Returns `undefined` when the target is not up. */
  crash(outageMs?: number): Crash | undefined;
  /** Drains the target and ends supervision. */
  stop(): Promise<SupervisorEnd>;
  /** Resolves when supervision has ended, by `stop` or because the target could not be kept alive. */
  readonly ended: Promise<SupervisorEnd>;
}

/**
 * Starts a supervised target and resolves when it listens.
 *
 * Throws `PLR_INVALID_ARGUMENT` for a bad option and a `StartError` when the target or its control server cannot
 * listen: a first start is not tried twice.
 */
export async function superviseTarget(
  options: SuperviseOptions,
  listener: SupervisorListener,
): Promise<SupervisedTarget> {
  const settings = superviseSettings(options);
  const supervisor = new Supervisor(settings, forkTarget, listener, systemClock);
  await supervisor.firstListening;
  try {
    const control = await startControlServer(supervisor, settings.control);
    const ended = supervisor.ended.finally(() => {
      control.close();
    });
    return {
      port: supervisor.port,
      controlUrl: control.url,
      controlPort: control.port,
      state: () => supervisor.state(),
      crash: (outageMs) => supervisor.crash(outageMs),
      stop: async () => {
        await supervisor.stop();
        return ended;
      },
      ended,
    };
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}
