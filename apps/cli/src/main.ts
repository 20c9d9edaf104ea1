/** The `pooler` command as a process. */
import { EXIT } from './exit-code.ts';
import { ownErrorReport } from './own-error.ts';
import { pooler } from './pooler.ts';

const { stdout, stderr } = process;

process.on('uncaughtException', (error) => {
  stderr.write(`${ownErrorReport(error)}\n`);
  process.exit(EXIT.ownError);
});
// Whoever read the output has gone: as if stopped by a signal (SIGPIPE).
stdout.on('error', () => process.exit(EXIT.interrupted));

process.exitCode = await pooler(process.argv.slice(2), {
  out: (line) => stdout.write(`${line}\n`),
  err: (line) => stderr.write(`${line}\n`),
  draw: stderr.isTTY ? (text) => stderr.write(text) : undefined,
  onSignal: (listener) => {
    process.on('SIGINT', listener).on('SIGTERM', listener);
    return () => {
      process.off('SIGINT', listener).off('SIGTERM', listener);
    };
  },
});
