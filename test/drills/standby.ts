import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { StandbyReport } from '../fixtures/standby-server.ts';

/** A server process that waits for its turn. */
export class Standby {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Standby> {
    const child = fork(new URL('../fixtures/standby-server.ts', import.meta.url));
    const standby = new Standby(child);
    await standby.#next('ready');
    return standby;
  }

  /** Listens on `port` (0 for a free one). Resolves with the port and the moment. */
  async listen(port: number): Promise<StandbyReport> {
    this.#child.send(port);
    return this.#next('listening');
  }

  /** SIGKILL; resolves when the process is gone, and its sockets with it. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #next(kind: StandbyReport['kind']): Promise<StandbyReport> {
    const [report]: StandbyReport[] = await once(this.#child, 'message');
    if (report?.kind !== kind) throw new Error(`the server said ${report?.kind ?? 'nothing'}, not ${kind}`);
    return report;
  }
}
