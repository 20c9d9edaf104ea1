import type { Client } from '#libs/client';
import type { ConnectionRecord } from '#libs/records';
import { isApart, viewOf, type ConnectionView } from './connection-view.ts';
import type { FuzzOrigin } from './fuzz-origin.ts';

/** Watches whose connection makes room for one to another origin: it must be the one idle longest. */
export class RoomOrder {
  readonly #client: Client;
  readonly #found: (sentence: string) => void;
  readonly #idleSinceMs = new WeakMap<ConnectionView, number>();

  constructor(client: Client, found: (sentence: string) => void) {
    this.#client = client;
    this.#found = found;
  }

  /** Nothing runs: whoever is idle now stays so until something happens. */
  look(view: ConnectionView): void {
    if (view.state.name === 'idle') this.#idleSinceMs.set(view, view.state.sinceMs ?? 0);
    else this.#idleSinceMs.delete(view);
  }

  onClosed(record: ConnectionRecord, donor: FuzzOrigin, origins: readonly FuzzOrigin[]): void {
    const views = donor.links.flatMap((link) => (isApart(link) ? [] : (viewOf(link) ?? [])));
    const closed = views.find(({ id }) => id === record.connectionId);
    const sinceMs = closed && this.#idleSinceMs.get(closed);
    if (sinceMs === undefined) return;
    const oldestMs = Math.min(...origins.flatMap((origin) => this.#toSpare(origin)));
    if (oldestMs < sinceMs)
      this.#found(`a connection made room that was idle since ${sinceMs}, another was since ${oldestMs}`);
  }

  /** Since when those connections are idle that an origin could have given. */
  #toSpare({ url, links }: FuzzOrigin): number[] {
    const { idle, pending } = this.#client.stats().origins.get(url)?.pool ?? { idle: 0, pending: 0 };
    // One that is open dials although it may have idle connections, and keeps those.
    if (idle <= pending || this.#client.breaker(url)?.state.kind === 'open') return [];
    return links.flatMap((link) => {
      const state = viewOf(link)?.state;
      return state?.name === 'idle' && !isApart(link) ? [state.sinceMs ?? Infinity] : [];
    });
  }
}
