import { resolve } from 'node:path';
import { SpawnedProgram } from '../fixtures/spawned-program.ts';

const MAIN = resolve(import.meta.dirname, '../../apps/target/src/main.ts');

/** The target program as a process. */
export class TargetProcess extends SpawnedProgram {
  constructor(...flags: string[]) {
    super(MAIN, ...flags);
  }

  /** Waits for the next `listening` line. */
  async listening(): Promise<{ readonly url: string; readonly port: number; readonly pid: number }> {
    const [url = '', port, pid] = await this.captured(
      /^listening on (http:\/\/127\.0\.0\.1:(\d+)) pid=(\d+)$/,
    );
    return { url, port: Number(port), pid: Number(pid) };
  }

  /** Waits for the `control` line and returns the address in it. */
  async control(): Promise<string> {
    const [url = ''] = await this.captured(/^control on (http:\/\/[\d.]+:\d+)$/);
    return url;
  }
}
