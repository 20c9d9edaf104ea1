import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../apps/target/src/main.ts', import.meta.url));

/** The target program as a process, run from source. Disposing of it kills it; a supervised child ends with it. */
export class TargetProcess implements Disposable {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown[]>;
  #stderr = '';

  constructor(...flags: string[]) {
    this.#process = spawn(process.execPath, ['--conditions=pooler-source', MAIN, ...flags]);
    const { stdout, stderr } = this.#process;
    if (!stdout || !stderr) throw new Error('the process has no output');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    this.#ended = once(this.#process, 'close');
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  /** The next line on stdout; empty when there are no more. */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    return next.done ? '' : next.value;
  }

  /** Waits for the next `listening` line. */
  async listening(): Promise<{ readonly url: string; readonly port: number; readonly pid: number }> {
    const line = await this.line();
    const [, url = '', port, pid] = /^listening on (http:\/\/127\.0\.0\.1:(\d+)) pid=(\d+)$/.exec(line) ?? [];
    if (url === '') throw new Error(`not a listening line: ${JSON.stringify(line)}, stderr: ${this.#stderr}`);
    return { url, port: Number(port), pid: Number(pid) };
  }

  /** Waits for the `control` line and returns the address in it. */
  async control(): Promise<string> {
    const line = await this.line();
    return /^control on (http:\/\/[\d.]+:\d+)$/.exec(line)?.[1] ?? line;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Waits for its end. */
  async end(): Promise<{ readonly code: unknown; readonly signal: unknown; readonly stderr: string }> {
    const [code, signal] = await this.#ended;
    return { code, signal, stderr: this.#stderr };
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}
