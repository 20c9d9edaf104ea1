import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnGuarded } from '../guarded-child.mjs';
import { Stop } from './stop.mjs';

/** On a slow machine with other work a cold start takes its time. */
const ADDRESS_MS = 30_000;
/** How long a part may take over SIGTERM before its whole group is killed; there are two rounds of them. */
const GRACE_MS = 1_000;

/**
 * One program of the service, in a process group of its own.
 *
 * @typedef {object} Part
 * @property {string} name
 * @property {(label: string) => Promise<string>} address what it prints as `<label> on <address>`
 */

/** The programs that were started, and the way to end them all. */
export class Parts {
  #running = [];
  #isEnding = false;
  #fail;

  constructor() {
    /** Rejects with a `Stop` when a part ends although nobody has asked for it. */
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  /**
   * @param {string} name for sentences about it
   * @param {string} file the program
   * @param {string[]} args
   * @param {Record<string, string | undefined>} [env] besides our own environment
   * @returns {Part}
   */
  start(name, file, args, env = {}) {
    const guarded = spawnGuarded(file, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    this.#running.push(guarded);
    const failure = guarded.ended.then(
      (status) => new Stop(`the ${name} ended with status ${status}`),
      (error) => new Stop(`the ${name} could not be started: ${error.message}`),
    );
    void failure.then((stop) => this.#isEnding || this.#fail(stop));
    const addresses = new Map();
    const found = (label) => {
      if (!addresses.has(label)) addresses.set(label, Promise.withResolvers());
      return addresses.get(label);
    };
    // Whatever else it prints is read and dropped.
    createInterface({ input: guarded.child.stdout }).on('line', (line) => {
      const [, label, address] = /^(\w+) on (\S+)/.exec(line) ?? [];
      if (label !== undefined) found(label).resolve(address);
    });
    const address = async (label) => {
      const late = sleep(
        ADDRESS_MS,
        new Stop(`the ${name} named no address within ${ADDRESS_MS / 1_000} s`),
        {
          ref: false,
        },
      );
      const outcome = await Promise.race([found(label).promise, failure, late]);
      if (outcome instanceof Stop) throw outcome;
      return outcome;
    };
    return { name, address };
  }

  /** Ends all but the first, and then the first, on which the others stand. Resolves when no process is left. */
  async end() {
    this.#isEnding = true;
    const [first, ...others] = this.#running;
    await Promise.all(others.map(endGroup));
    if (first) await endGroup(first);
  }
}

async function endGroup({ ended, signal }) {
  const settled = ended.catch(() => {});
  signal('SIGTERM');
  await Promise.race([settled, sleep(GRACE_MS, undefined, { ref: false })]);
  // Whatever is left of the group, be it a child of the child.
  signal('SIGKILL');
  await settled;
}
