import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Built, because Node runs no decorators from source. */
const APPS = new URL('../../../dist/apps/', import.meta.url);

/** The api or the worker as a process. Disposing of it kills it. */
export class ServiceProcess implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #url: Promise<string>;
  /** What it has said on stderr. */
  stderr = '';

  constructor(app: 'api' | 'worker', env: Readonly<Record<string, string>>) {
    const { PATH = '' } = process.env;
    this.#process = spawn(process.execPath, [fileURLToPath(new URL(`${app}/src/main.js`, APPS))], {
      env: { PATH, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exit = once(this.#process, 'exit');
    const { stdout, stderr } = this.#process;
    if (!stdout || !stderr) throw new Error('the process has no output');
    stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    const lines = createInterface({ input: stdout });
    this.#url = new Promise((resolve, reject) => {
      lines.once('line', (line) => resolve(line.replace('listening on ', '')));
      lines.once('close', () => reject(new Error(`the ${app} ended: ${this.stderr}`)));
    });
    this.#url.catch(() => {});
  }

  /** Its address, once it listens: of the worker that of its probes. */
  listening(): Promise<string> {
    return this.#url;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async end(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
    await this.#exit;
    return { code: this.#process.exitCode, signal: this.#process.signalCode };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    await this.#exit;
  }
}
