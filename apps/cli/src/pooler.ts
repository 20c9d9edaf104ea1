import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { CommanderError } from 'commander';
import { invariant } from '#libs/kernel';
import { isBadArgument, sentenceOf } from './bad-argument.ts';
import { campaignCommand } from './campaign.ts';
import { EXIT } from './exit-code.ts';
import { explainCommand } from './explain.ts';
import type { Io } from './io.ts';
import { ownErrorReport } from './own-error.ts';
import { proxyCommand } from './proxy.ts';
import { runCommand } from './run.ts';
import { targetCommand } from './target.ts';

/** The commands besides `run`, which is what `pooler` does when its first word is none of them. */
const COMMANDS = [targetCommand, proxyCommand, campaignCommand, explainCommand];

/** The whole command: reads `args`, does what they say and returns the exit code. Never throws. */
export async function pooler(args: readonly string[], io: Io): Promise<number> {
  let exitCode: number = EXIT.ran;
  const onEnd = (code: number): void => {
    exitCode = code;
  };
  try {
    const program = runCommand(io, onEnd)
      .enablePositionalOptions()
      .version(versionOf(), '--version', 'print the version and end');
    for (const command of COMMANDS) program.addCommand(command(io, onEnd));
    await program.parseAsync(args[0] === 'run' ? args.slice(1) : args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end this way.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ran;
    if (isBadArgument(error)) {
      io.err(sentenceOf(error));
      return EXIT.badArguments;
    }
    io.err(ownErrorReport(error));
    return EXIT.ownError;
  }
}

function versionOf(): string {
  const path = findPackageJSON(import.meta.url);
  invariant(path !== undefined, 'the command lies in its package');
  const manifest: { readonly version: string } = JSON.parse(readFileSync(path, 'utf8'));
  return manifest.version;
}
