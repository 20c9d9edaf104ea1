import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Client } from '#libs/client';
import { PoolerError, invalidArgument, systemClock } from '#libs/kernel';
import { ClientDrain } from './client-drain.ts';
import { resolveOptions, type UnnamedOptions } from './options.ts';

interface Entry {
  readonly client: Client;
  readonly drain: ClientDrain;
}

/** The clients of one application, from their start to their end. */
@Injectable()
export class ClientRegistry implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #entries = new Map<string | undefined, Entry>();
  readonly #log = new Logger('PoolerModule');

  /** @throws PoolerError `PLR_INVALID_ARGUMENT`: an option is out of range, or there is a client of that name. */
  open(name: string | undefined, options: UnnamedOptions): Client {
    if (this.#entries.has(name)) {
      const sentence = `PoolerModule has two clients ${titleOf(name)}; give each a name of its own`;
      throw new PoolerError('PLR_INVALID_ARGUMENT', sentence, { phase: 'argument' });
    }
    const { clientOptions, drainTimeoutMs } = resolveOptions(name, options);
    const client = new Client(clientOptions);
    const drain = new ClientDrain(client, drainTimeoutMs, systemClock, () => {
      this.#log.warn(
        `the client ${titleOf(name)} was cut: not done ${drainTimeoutMs} ms after the shutdown began`,
      );
    });
    this.#entries.set(name, { client, drain });
    return client;
  }

  /** @throws PoolerError `PLR_INVALID_ARGUMENT`: there is no client of that name. */
  get(name?: string): Client {
    const entry = this.#entries.get(name);
    if (entry) return entry.client;
    const known = [...this.#entries.keys()]
      .map((other) => other ?? 'undefined, for the one without')
      .join(', ');
    throw invalidArgument('the name of a client', name, `one of ${known}`);
  }

  /** Nest is about to close the server; it then waits for the handlers that are at work, and they need their clients. */
  beforeApplicationShutdown(): void {
    for (const { drain } of this.#entries.values()) drain.begin();
  }

  /** The server is closed: what still runs now runs in the background. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(Array.from(this.#entries.values(), ({ drain }) => drain.finish()));
  }
}

function titleOf(name: string | undefined): string {
  return name === undefined ? 'without a name' : `named ${name}`;
}
