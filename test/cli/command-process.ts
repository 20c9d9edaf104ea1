import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const MAIN = resolve(import.meta.dirname, '../../apps/cli/src/main.ts');

/** How a command ended, and all that it printed. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, from source, as a process. */
export interface CommandProcess {
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has ended and its output is complete. */
  readonly ended: Promise<Ended>;
}

export function startCommand(args: readonly string[]): CommandProcess {
  const child = spawn(process.execPath, ['--conditions=pooler-source', MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      resolve({ exitCode, stdout, stderr });
    });
  });
  return { signal: (name) => child.kill(name), ended };
}

export async function runCommand(...args: string[]): Promise<Ended> {
  return startCommand(args).ended;
}
