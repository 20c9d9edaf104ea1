import { resolve } from 'node:path';
import { SpawnedProgram } from '../fixtures/spawned-program.ts';

const MAIN = resolve(import.meta.dirname, '../../apps/cli/src/main.ts');

/** `pooler proxy` as a process. */
export class ProxyProcess extends SpawnedProgram {
  constructor(...flags: string[]) {
    super(MAIN, 'proxy', ...flags);
  }

  /** Waits for the `listening` line. */
  async listening(): Promise<{ readonly url: string; readonly port: number; readonly seed: number }> {
    const [url = '', port, seed] = await this.captured(
      /^listening on (http:\/\/127\.0\.0\.1:(\d+)) pid=\d+ seed=(\d+)$/,
    );
    return { url, port: Number(port), seed: Number(seed) };
  }
}
