import { systemClock } from '#libs/kernel';
import { startTelemetry } from '#libs/telemetry';

import { StartError, httpUrl } from './listen.ts';
import { type SuperviseOptions, type TargetOptions, targetSettings } from './options.ts';
import { superviseTarget } from './supervise-target.ts';
import { startTarget } from './target-server.ts';

/** Where a command writes its lines, without their newline. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
}

/**
 * Runs a target as the whole of this process until SIGTERM or SIGINT, then drains it. Prints
 * `listening on URL pid=PID` when it accepts. Returns the exit code: 0 after a drain, 1 when it could not listen.
 *
 * Throws `PLR_INVALID_ARGUMENT` for a bad option, before anything is started.
 */
export async function runTarget(options: TargetOptions, terminal: Terminal): Promise<number> {
  const signalled = nextSignal();
  return exitCodeOf(terminal, async () => {
    const telemetry = await startTelemetry({ serviceName: 'pooler-target' });
    try {
      const target = await startTarget(options, systemClock, telemetry);
      terminal.out(`listening on ${target.url} pid=${process.pid}`);
      await signalled;
      await target.close();
      return 0;
    } finally {
      await telemetry.shutdown();
    }
  });
}

/**
 * As `runTarget`, with the target in a child process that is started again when it dies. Prints the `listening` line
 * at every start and once `control on URL`; what befalls the child goes to stderr. Returns 1 also when it gave up.
 */
export async function runSupervisedTarget(options: SuperviseOptions, terminal: Terminal): Promise<number> {
  const { host } = targetSettings(options);
  const signalled = nextSignal();
  return exitCodeOf(terminal, async () => {
    const target = await superviseTarget(options, {
      onListening: ({ port, pid }) => {
        terminal.out(`listening on ${httpUrl(host, port)} pid=${pid}`);
      },
      onDeath: ({ reason, restartInMs }) => {
        terminal.err(`${reason}; starting it again in ${Math.round(restartInMs)} ms`);
      },
    });
    terminal.out(`control on ${target.controlUrl}`);
    const end = await Promise.race([signalled.then(() => target.stop()), target.ended]);
    if (end.kind === 'stopped') return 0;
    terminal.err(end.reason);
    return 1;
  });
}

/**
 * Resolves at the first SIGTERM or SIGINT. Later ones change nothing: a terminal signals the whole process group and
 * launchers pass the signal on, so one wish arrives several times, and a drain is bounded anyway.
 */
function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = (): void => {
      resolve();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}

async function exitCodeOf(terminal: Terminal, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    terminal.err(error.message);
    return 1;
  }
}
