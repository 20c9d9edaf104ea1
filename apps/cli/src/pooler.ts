import { CommanderError } from 'commander';
import { isBadArgument, sentenceOf } from './bad-argument.ts';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { ownErrorReport } from './own-error.ts';
import { program } from './program.ts';

/** The whole command: reads `args`, does what they say and returns the exit code. Never throws. */
export async function pooler(args: readonly string[], io: Io): Promise<number> {
  let exitCode: number = EXIT.ran;
  const onEnd = (code: number): void => {
    exitCode = code;
  };
  try {
    const words = args[0] === 'run' ? args.slice(1) : args;
    await program(io, onEnd).parseAsync(words, { from: 'user' });
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
