/** The fault proxy as a program of its own, to run in a container: its options are flags, else HOST, PORT and CONFIG. */
import { parseArgs } from 'node:util';

import { PoolerError, invalidArgument } from '#libs/kernel';
import { type Terminal, runProxy } from '#libs/proxy';

const BAD_ARGUMENTS = 104;

const terminal: Terminal = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
};

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { host, port, config, seed } = readFlags();
    return await runProxy(
      {
        host: host ?? process.env.HOST,
        port: readInteger('port', port ?? process.env.PORT),
        config: config ?? process.env.CONFIG,
        seed: readInteger('seed', seed),
      },
      terminal,
    );
  } catch (error) {
    if (!isBadArgument(error)) throw error;
    terminal.err(error.message);
    return BAD_ARGUMENTS;
  }
}

function readFlags() {
  const options = {
    host: { type: 'string' },
    port: { type: 'string' },
    config: { type: 'string' },
    seed: { type: 'string' },
  } as const;
  return parseArgs({ options }).values;
}

function readInteger(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw invalidArgument(field, text, 'a whole number');
  return Number(text);
}

/** Our own refusal, or one of `parseArgs`, which says what it did not understand in one sentence as well. */
function isBadArgument(error: unknown): error is Error {
  if (error instanceof PoolerError) return error.code === 'PLR_INVALID_ARGUMENT';
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
