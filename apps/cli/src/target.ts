import type { Command } from 'commander';
import { invalidArgument } from '#libs/kernel';
import { badArgument } from './bad-argument.ts';
import { defineCommand } from './flags/command.ts';
import { flagName, optional, toggle, withDefault, type ValuesOf } from './flags/flag.ts';
import { duration, text, wholeNumber } from './flags/kinds.ts';
import type { Io } from './io.ts';

const FLAGS = {
  host: withDefault(text('name'), 'name or address to listen on', '127.0.0.1'),
  port: withDefault(wholeNumber(0, 65_535), 'port to listen on; 0 takes a free one', '8080'),
  seed: optional(wholeNumber(0, Number.MAX_SAFE_INTEGER), 'makes the faults of the query repeatable'),
  drainTimeout: withDefault(
    duration('0ms', '10m'),
    'after SIGTERM, wait for requests in flight before they are cut',
    '10s',
  ),
};

const SUPERVISOR_FLAGS = {
  supervise: toggle('serve from a child process that is started again when it dies'),
  controlPort: optional(
    wholeNumber(0, 65_535),
    'with --supervise: port for POST /crash, which kills the child',
    'default a free one',
  ),
  controlHost: optional(
    text('name'),
    'with --supervise: where the control port listens; off loopback it needs a token',
    'default 127.0.0.1',
  ),
  controlTokenFile: optional(
    text('file'),
    'with --supervise: file with the bearer token that the control port asks for',
  ),
};

type TargetValues = ValuesOf<typeof FLAGS & typeof SUPERVISOR_FLAGS>;

/** `pooler target`: an HTTP server to try things on. */
export function targetCommand(io: Io, onEnd: (exitCode: number) => void): Command {
  const command = defineCommand('target', { Server: FLAGS, Supervisor: SUPERVISOR_FLAGS }, io);
  return command.description('Runs an HTTP server to send load to.').action(async () => {
    const values = command.opts<TargetValues>();
    const [argument] = command.args;
    if (argument !== undefined) throw badArgument(`target takes flags only, got ${JSON.stringify(argument)}`);
    const { host, port, seed, drainTimeout: drainTimeoutMs, supervise } = values;
    const { controlPort, controlHost, controlTokenFile } = values;
    const control = { controlPort, controlHost, controlTokenFile };
    for (const [key, value] of Object.entries(control)) {
      if (value !== undefined && !supervise)
        throw invalidArgument(flagName(key), value, 'left out without --supervise');
    }
    const options = { host, port, seed, drainTimeoutMs };
    const { runSupervisedTarget, runTarget } = await import('#libs/target');
    onEnd(
      supervise ? await runSupervisedTarget({ ...options, ...control }, io) : await runTarget(options, io),
    );
  });
}
