import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = resolve(import.meta.dirname, '../../apps/cli/src/main.ts');

/** `pooler proxy` as a process, run from source. Disposing of it kills it. */
export class ProxyProcess implements Disposable {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown[]>;
  #stderr = '';

  constructor(...flags: string[]) {
    this.#process = spawn(process.execPath, ['--conditions=pooler-source', MAIN, 'proxy', ...flags]);
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

  /** Waits for the `listening` line. */
  async listening(): Promise<{ readonly url: string; readonly port: number; readonly seed: number }> {
    const line = await this.line();
    const [, url = '', port, seed] =
      /^listening on (http:\/\/127\.0\.0\.1:(\d+)) pid=\d+ seed=(\d+)$/.exec(line) ?? [];
    if (url === '') throw new Error(`not a listening line: ${JSON.stringify(line)}, stderr: ${this.#stderr}`);
    return { url, port: Number(port), seed: Number(seed) };
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
