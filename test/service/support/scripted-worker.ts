import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Sent } from './scripted-world.ts';

const MAIN = join(import.meta.dirname, 'scripted-worker-main.ts');

interface News {
  readonly ready?: true;
  readonly sent?: Sent;
  readonly applied?: string;
}

/** A worker process whose load goes nowhere, and all that it has sent. */
export class ScriptedWorker {
  readonly sent: Sent[] = [];
  readonly applied: string[] = [];
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #waiting = new Set<() => void>();
  #isReady = false;

  private constructor(redisUrl: string) {
    this.#process = spawn(process.execPath, ['--conditions=pooler-source', MAIN, redisUrl], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    this.#exit = once(this.#process, 'exit');
    const { stdout } = this.#process;
    if (!stdout) throw new Error('the process has no output');
    createInterface({ input: stdout }).on('line', (line) => this.#hear(JSON.parse(line)));
  }

  static async start(redisUrl: string): Promise<ScriptedWorker> {
    const worker = new ScriptedWorker(redisUrl);
    await worker.until(() => worker.#isReady);
    return worker;
  }

  /** Resolves when something that it tells has made `condition` true. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL'): void {
    this.#process.kill(signal);
  }

  /** Resolves with its exit code when it has ended. */
  async end(): Promise<number | null> {
    await this.#exit;
    return this.#process.exitCode;
  }

  /** Ends it at once, also when it stands still. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exit;
  }

  #hear({ ready, sent, applied }: News): void {
    if (ready) this.#isReady = true;
    if (sent) this.sent.push(sent);
    if (applied !== undefined) this.applied.push(applied);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
