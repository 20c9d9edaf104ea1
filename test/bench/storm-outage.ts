import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { superviseTarget, type SupervisedTarget } from '#libs/target';

/** In which way everything fails: nobody listens, or whoever does answers 503. */
export type OutageKind = 'refused' | '503';

/** The supervised target, a process of its own, that can be out of order for a while and counts what arrives. */
export class StormTarget {
  readonly #target: SupervisedTarget;
  readonly #folder: string;
  readonly #listening: { onListening: () => void };

  private constructor(target: SupervisedTarget, folder: string, listening: { onListening: () => void }) {
    this.#target = target;
    this.#folder = folder;
    this.#listening = listening;
  }

  static async start(): Promise<StormTarget> {
    const folder = mkdtempSync(join(tmpdir(), 'pooler-storm-'));
    const journal = new URL('../fixtures/request-journal.ts', import.meta.url).href;
    process.env['NODE_OPTIONS'] = `--conditions=pooler-source --import ${journal}`;
    process.env['REQUEST_JOURNAL'] = journalIn(folder);
    const listening = { onListening: () => {} };
    const target = await superviseTarget(
      { port: 0 },
      { onListening: () => listening.onListening(), onDeath: () => {} },
    );
    return new StormTarget(target, folder, listening);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#target.port}/health`;
  }

  /** Requests that have arrived so far, whatever became of them. */
  get arrived(): number {
    return readFileSync(journalIn(this.#folder), 'latin1').split('\n').length - 1;
  }

  /** Fails everything; resolves when it does so no more. A process that was killed takes its time to start on top. */
  async fail(kind: OutageKind, outageMs: number): Promise<void> {
    if (kind === 'refused') {
      const isBack = new Promise<void>((resolve) => {
        this.#listening.onListening = resolve;
      });
      this.#target.crash(outageMs);
      await isBack;
    } else {
      await this.#faults('POST', '?type=status&magnitude=503&ttl=60s');
      await wait(outageMs);
      await this.#faults('DELETE', '');
    }
  }

  async stop(): Promise<void> {
    await this.#target.stop();
    rmSync(this.#folder, { recursive: true });
  }

  async #faults(method: string, query: string): Promise<void> {
    const { ok, status } = await fetch(`${this.#target.controlUrl}/faults${query}`, { method });
    if (!ok) throw new Error(`the target's control server answered ${status}`);
  }
}

function journalIn(folder: string): string {
  return join(folder, 'requests');
}
