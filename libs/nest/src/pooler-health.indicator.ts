import { Injectable } from '@nestjs/common';
import type { OriginHealth } from '#libs/client';
import { ClientRegistry } from './client-registry.ts';

/** How well a client is: `down` when one of its origins is. A degraded origin is still up. */
export interface ClientHealth {
  /** `down` where one of its origins is. */
  readonly status: 'up' | 'down';
  /** By their names, for example `http://127.0.0.1:8080`; those that were sent a request. */
  readonly origins: Readonly<Record<string, OriginHealth>>;
}

/** A health indicator as `@nestjs/terminus` takes them: `health.check([() => pooler.check('orders')])`. */
@Injectable()
export class PoolerHealthIndicator {
  readonly #clients: ClientRegistry;

  constructor(clients: ClientRegistry) {
    this.#clients = clients;
  }

  /**
   * Asks no origin: says what the requests so far have shown.
   * @param key under which the result stands
   * @param name of the client; without it the one that has none
   * @throws PoolerError `PLR_INVALID_ARGUMENT`: there is no client of that name.
   */
  check<Key extends string>(key: Key, name?: string): Record<Key, ClientHealth>;
  check(key: string, name?: string): Record<string, ClientHealth> {
    const origins = this.#clients.get(name).health();
    const isDown = [...origins.values()].some(({ status }) => status === 'down');
    return { [key]: { status: isDown ? 'down' : 'up', origins: Object.fromEntries(origins) } };
  }
}
