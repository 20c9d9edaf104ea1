import type { Connection } from './connection.ts';
import { NameWatch } from './name-watch.ts';
import { retireAt } from './retire-at.ts';
import type { Connector } from './transport.ts';

/** Resolves an origin's name again now and then, and retires the connections whose address it no longer has. */
export class NameFollower {
  readonly #connector: Connector;
  readonly #everyMs: number;
  readonly #watch = new NameWatch();
  #nextAtMs = Infinity;

  constructor(connector: Connector, everyMs: number) {
    this.#connector = connector;
    this.#everyMs = everyMs;
  }

  /** Resolves if it is time to, and returns when to come again: `Infinity` where nothing is open. */
  follow(open: ReadonlySet<Connection>, nowMs: number): number {
    if (open.size === 0) this.#nextAtMs = Infinity;
    else if (this.#nextAtMs === Infinity) this.#nextAtMs = nowMs + this.#everyMs;
    else if (this.#nextAtMs <= nowMs) {
      this.#nextAtMs = nowMs + this.#everyMs;
      void this.#resolve(open);
    }
    return this.#nextAtMs;
  }

  async #resolve(open: ReadonlySet<Connection>): Promise<void> {
    let answer: readonly string[] | undefined;
    try {
      answer = await this.#connector.resolve?.();
    } catch {
      // No answer is no reason to give up connections that work.
    }
    if (!answer) return;
    const inUse = new Set<string>();
    for (const { addresses } of open) if (addresses) inUse.add(bare(addresses.remoteAddress));
    const gone = this.#watch.onAnswer(answer.map(bare), inUse);
    if (gone.size > 0) retireAt(open, (address) => gone.has(bare(address)), 'address-gone');
  }
}

/** An address without the zone of a link-local one (RFC 4007 section 11) and without the IPv4-mapped form. */
function bare(address: string): string {
  return address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
}
