import type { Command } from 'commander';
import { DEFAULT_FAULT_SPEC, FAULT_TYPES } from '#libs/faults';
import { defineCommand } from './flags/command.ts';
import type { Io } from './io.ts';
import { planRun, RUN_FLAGS, type RunValues } from './run/run-plan.ts';

const EPILOGUE = `
Times are a number and a unit: 500ms, 1.5s, 2m, 1h. 
Types of failures:
${typeLines()}
--failures on is
  ${DEFAULT_FAULT_SPEC}

Examples:
  pooler --host 127.0.0.1 --port 8080 --failures on
  pooler --duration 30s --concurrency 20 --timeout 500ms --verbose http://127.0.0.1:8080/health
  pooler target --port 8080 --supervise

Exit codes: 0 ran, 1 nothing succeeded, 97 an error of Pooler's own, 104 bad arguments,
105 stopped by a signal.`;

/** Six to a line. */
function typeLines(): string {
  const lines = Array.from({ length: Math.ceil(FAULT_TYPES.length / 6) }, (_, line) =>
    FAULT_TYPES.slice(line * 6, line * 6 + 6).join(', '),
  );
  return lines.map((line) => `  ${line}`).join(',\n');
}

/** `pooler [run] [options] [url]`: load with failures, through our own pool. */
export function runCommand(io: Io, onEnd: (exitCode: number) => void): Command {
  const command = defineCommand('pooler', RUN_FLAGS, io);
  return command
    .description('Sends load through a resilient connection pool, with the failures that you ask for.')
    .usage('[run] [options] [url]')
    .argument('[url]', 'an http: or https: URL instead of --host, --port and --path')
    .addHelpText('after', EPILOGUE)
    .action(async () => {
      const plan = planRun(command.opts<RunValues>(), command.args);
      // The client and what is below it are loaded for a run only: `--help` must be there at once.
      const { executeRun } = await import('./run/execute-run.ts');
      onEnd(await executeRun(plan, io));
    });
}
