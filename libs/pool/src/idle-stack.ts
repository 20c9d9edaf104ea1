import { LinkedQueue } from '#libs/kernel';
import { channels } from '#libs/records';
import type { Connection } from './connection.ts';
import type { CloseReason } from './connection-state.ts';
import { expireIdle, type IdleAge } from './maintain.ts';
import type { ResolvedPoolOptions } from './options.ts';
import type { ProbeResult } from './transport.ts';

/**
 * The idle connections of one pool, lent last in, first out, so that those too many grow old and go. Whatever a look
 * finds dead is closed here and never lent.
 */
export class IdleStack {
  readonly #origin: string;
  readonly #options: ResolvedPoolOptions;
  /** From the longest idle to the one used last. */
  readonly #connections = new LinkedQueue<Connection>();
  /** Connections that a look found dead. */
  deadFound = 0;

  constructor(origin: string, options: ResolvedPoolOptions) {
    this.#origin = origin;
    this.#options = options;
  }

  get length(): number {
    return this.#connections.length;
  }

  push(connection: Connection): void {
    this.#connections.push(connection);
  }

  remove(connection: Connection): void {
    this.#connections.remove(connection);
  }

  /**
   * The connection used last that is alive. Where a look needs a turn of the loop, that connection goes to `onUnknown`
   * instead, out of the stack, and none is returned.
   */
  take(onUnknown: (connection: Connection) => void): Connection | undefined {
    for (let top = this.#connections.last; top; top = this.#connections.last) {
      const found = this.#look(top);
      if (!isBad(found)) {
        this.#connections.remove(top);
        if (found === 'alive') return top;
        onUnknown(top);
        return undefined;
      }
      top.close(reasonOf(found));
    }
    return undefined;
  }

  /** Whether a connection, in the stack or just out of it, is still good; closes it when it is not. */
  isGood(connection: Connection): boolean {
    const found = this.#look(connection);
    if (!isBad(found)) return true;
    connection.close(reasonOf(found));
    return false;
  }

  /** A connection died under its exchange, so the peer may be gone: whoever is dead of these leaves now. */
  suspectAll(): void {
    for (const connection of this.#connections) {
      const found = this.#look(connection);
      if (isBad(found)) connection.close(reasonOf(found));
      else if (found === 'unknown' || this.#options.validate === 'off') connection.close('suspect');
    }
  }

  /** Closes those idle for too long. Returns when the next one is due, `Infinity` for never. */
  expire(nowMs: number): number {
    const plan = expireIdle(this.#ages(), this.length, nowMs, this.#options);
    for (let i = 0; i < plan.close; i += 1) this.#connections.first?.close('idle-timeout');
    return plan.nextAtMs;
  }

  closeAll(reason: CloseReason): void {
    for (const connection of this.#connections) connection.close(reason);
  }

  #look(connection: Connection): ProbeResult {
    const result = connection.probe();
    if (isBad(result)) this.deadFound += 1;
    if (channels.probe.hasSubscribers) {
      channels.probe.publish({ origin: this.#origin, connectionId: connection.id, result });
    }
    return result;
  }

  *#ages(): Generator<IdleAge> {
    for (const { state } of this.#connections) if (state.name === 'idle') yield state;
  }
}

type BadProbe = Exclude<ProbeResult, 'alive' | 'unknown'>;

function isBad(found: ProbeResult): found is BadProbe {
  return found !== 'alive' && found !== 'unknown';
}

function reasonOf(found: BadProbe): CloseReason {
  if (found === 'bytes') return 'unsolicited-bytes';
  return found === 'fin' ? 'peer-fin' : 'peer-reset';
}
