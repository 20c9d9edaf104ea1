import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { superviseTarget, type SupervisedTarget } from '#libs/target';
import { lastingPort } from '../fixtures/lasting-ports.ts';

const JOURNAL_MODULE = new URL('../fixtures/request-journal.ts', import.meta.url).href;

/**
 * The supervised target, a process of its own that can be killed again and again. It counts what arrives in a journal that
 * outlives it. One at a time: its processes are told of the journal by our environment, from `start` to `stop`.
 */
export class StormTarget {
  readonly #target: SupervisedTarget;
  readonly #folder: string;
  readonly #nodeOptions: string | undefined;
  readonly #listening: { onListening: () => void };

  private constructor(
    target: SupervisedTarget,
    folder: string,
    nodeOptions: string | undefined,
    listening: { onListening: () => void },
  ) {
    this.#target = target;
    this.#folder = folder;
    this.#nodeOptions = nodeOptions;
    this.#listening = listening;
  }

  /** @param restartDelayMs of a target that dies without an order. Default: the supervisor's. */
  static async start({ restartDelayMs }: { readonly restartDelayMs?: number } = {}): Promise<StormTarget> {
    const folder = mkdtempSync(join(tmpdir(), 'pooler-storm-'));
    const { NODE_OPTIONS } = process.env;
    process.env['NODE_OPTIONS'] = `--conditions=pooler-source --import ${JOURNAL_MODULE}`;
    process.env['REQUEST_JOURNAL'] = journalIn(folder);
    const listening = { onListening: () => {} };
    const target = await superviseTarget(
      { port: await lastingPort(), restartDelayMs },
      { onListening: () => listening.onListening(), onDeath: () => {} },
    );
    return new StormTarget(target, folder, NODE_OPTIONS, listening);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#target.port}`;
  }

  /** Where the control server listens, as an origin. */
  get controlUrl(): string {
    return this.#target.controlUrl;
  }

  /** A line for each request that has arrived so far, whatever became of it: its method and its `x-id`. */
  get journal(): string {
    return readFileSync(journalIn(this.#folder), 'utf8');
  }

  /** Kills it; resolves when it listens again, which is after the outage and the start of a process. */
  async crash(outageMs: number): Promise<void> {
    const isBack = new Promise<void>((resolve) => {
      this.#listening.onListening = resolve;
    });
    this.#target.crash(outageMs);
    await isBack;
  }

  async stop(): Promise<void> {
    await this.#target.stop();
    delete process.env['REQUEST_JOURNAL'];
    if (this.#nodeOptions === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = this.#nodeOptions;
    rmSync(this.#folder, { recursive: true });
  }
}

function journalIn(folder: string): string {
  return join(folder, 'requests');
}
