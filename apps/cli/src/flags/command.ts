import { Command, type CommanderError } from 'commander';
import { nearestOf, type PoolerError } from '#libs/kernel';
import { badArgument } from '../bad-argument.ts';
import type { Io } from '../io.ts';
import { flagName, optionOf, type FlagTable } from './flag.ts';

/** Columns of `--help`, the same on every terminal. */
const HELP_WIDTH = 100;

/**
 * A commander command with these flags, by the heading of their group in `--help`. It writes through `io`, never ends
 * the process, and refuses with errors that `isBadArgument` knows.
 */
export function defineCommand(name: string, groups: Readonly<Record<string, FlagTable>>, io: Io): Command {
  const allowedByFlag = new Map<string, string>();
  const command = new Command(name)
    .allowExcessArguments()
    .helpCommand(false)
    .configureHelp({ helpWidth: HELP_WIDTH, optionDescription: ({ description }) => description })
    .configureOutput({
      writeOut: (text) => {
        io.out(text.trimEnd());
      },
      // The refusal says it.
      outputError: () => {},
    })
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : refusalOf(error, allowedByFlag);
    });
  for (const [heading, flags] of Object.entries(groups)) {
    command.optionsGroup(`${heading}:`);
    for (const [key, flag] of Object.entries(flags)) {
      allowedByFlag.set(flagName(key), flag.allowed);
      command.addOption(optionOf(key, flag));
    }
  }
  return command.optionsGroup('Other:').helpOption('-h, --help', 'print this page and end');
}

/** Commander's refusal as ours, in one sentence. */
function refusalOf(
  { code, message }: CommanderError,
  allowedByFlag: ReadonlyMap<string, string>,
): PoolerError {
  const [, given = ''] = /'([^' ]+).*'/s.exec(message) ?? [];
  if (code === 'commander.optionMissingArgument')
    return badArgument(`${given} must be ${allowedByFlag.get(given)}, got nothing`);
  if (code === 'commander.unknownOption') {
    const nearest = nearestOf(given, [...allowedByFlag.keys()]);
    return badArgument(`${given} is no flag of this command, the nearest is ${nearest}; see --help`);
  }
  return badArgument(message.replace(/^error: /, ''));
}
