import { LinkedQueue, type Clock } from '#libs/kernel';
import { channels } from '#libs/records';
import type { Connection } from './connection.ts';
import type { CloseReason } from './connection-state.ts';
import { LearnedIdleLimit } from './learned-idle-limit.ts';
import { expiresAtMs, expiryReason, planExpiry } from './maintain.ts';
import { MAX_GROUP } from './native/libc.ts';
import type { ResolvedPoolOptions } from './options.ts';
import { TimeJump } from './time-jump.ts';
import type { ProbeResult } from './transport.ts';
import type { Validation } from './validation/tier.ts';

/**
 * The idle connections of one pool, lent last in, first out, so that those too many grow old and go. Whatever a look
 * finds dead is closed here and never lent.
 */
export class IdleStack {
  readonly #origin: string;
  readonly #options: ResolvedPoolOptions;
  /** From the longest idle to the one used last. */
  readonly #connections = new LinkedQueue<Connection>();
  readonly #learned = new LearnedIdleLimit();
  readonly #clock: Clock;
  readonly #timeJump: TimeJump;
  readonly #areQuiet: Validation['areQuiet'];
  /** Descriptors of the group that is asked about. */
  readonly #group: number[] = [];
  #round = 0;
  /** Connections that a look found dead. */
  deadFound = 0;

  constructor(origin: string, options: ResolvedPoolOptions, clock: Clock, areQuiet: Validation['areQuiet']) {
    this.#clock = clock;
    this.#timeJump = new TimeJump(clock.nowMs(), clock.wallMs());
    this.#origin = origin;
    this.#options = options;
    this.#areQuiet = areQuiet;
  }

  get length(): number {
    return this.#connections.length;
  }

  /** Since when the oldest has been idle; `Infinity` where none is. */
  get oldestSinceMs(): number {
    const state = this.#connections.first?.state;
    return state?.name === 'idle' ? state.sinceMs : Infinity;
  }

  closeOldest(reason: CloseReason): void {
    this.#connections.first?.close(reason);
  }

  push(connection: Connection): void {
    this.#connections.push(connection);
  }

  remove(connection: Connection): void {
    this.#connections.remove(connection);
  }

  /**
   * Asks the kernel one question about the connections that will be taken next, `wanted` or `MAX_GROUP` of them. Until the
   * next call, `take` need not ask again about those of a group on which nothing has happened.
   */
  lookAhead(wanted: number): void {
    this.#round += 1;
    if (!this.#areQuiet || wanted < 2) return;
    const group = this.#group;
    group.length = 0;
    const most = Math.min(wanted, MAX_GROUP);
    for (let one = this.#connections.last; one && group.length < most; one = one.previous) {
      if (one.descriptor === undefined) return;
      group.push(one.descriptor);
    }
    if (!this.#areQuiet(group)) return;
    let one = this.#connections.last;
    for (let i = 0; one && i < group.length; i += 1, one = one.previous) one.quietRound = this.#round;
  }

  /**
   * The connection used last that is alive. Where a look needs a turn of the loop, that connection goes to `onUnknown`
   * instead, out of the stack, and none is returned. What has expired meanwhile is closed, be its timer late or not.
   */
  take(nowMs: number, onUnknown: (connection: Connection) => void): Connection | undefined {
    const learnedLimitMs = this.#learned.limitMs(nowMs);
    for (let top = this.#connections.last; top; top = this.#connections.last) {
      if (expiresAtMs(top, learnedLimitMs) <= nowMs) {
        top.close(expiryReason(top, nowMs));
        continue;
      }
      const found = this.#look(top, top.quietRound === this.#round);
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
    const doomed: Doomed[] = [];
    for (const connection of this.#connections) {
      const found = this.#look(connection);
      if (isBad(found)) doomed.push({ connection, reason: reasonOf(found) });
      else if (found === 'unknown' || this.#options.validate === 'off')
        doomed.push({ connection, reason: 'suspect' });
    }
    this.#closeThese(doomed);
  }

  /** How long connections may be idle by experience; `Infinity` for no experience. */
  learnedLimitMs(nowMs: number): number {
    return this.#learned.limitMs(nowMs);
  }

  /** The peer closed a connection that had been idle for so long. True when the others are to be judged anew. */
  learn(idleMs: number, nowMs: number): boolean {
    return this.#learned.onClosedByPeer(idleMs, nowMs);
  }

  /** When an idle connection is to be closed. */
  expiresAtMs(connection: Connection, nowMs: number): number {
    return expiresAtMs(connection, this.#learned.limitMs(nowMs));
  }

  /** After a jump of time nobody knows how old an idle connection is, nor what lies between has forgotten. */
  heedJump(nowMs: number, lateMs: number): void {
    if (this.#timeJump.look(nowMs, this.#clock.wallMs(), lateMs)) this.closeAll('suspect');
  }

  /** Closes those idle for too long or too old. Returns when the next one is due, `Infinity` for never. */
  expire(nowMs: number): number {
    const plan = planExpiry(this.#connections, nowMs, this.#learned.limitMs(nowMs));
    this.#closeThese(plan.close);
    return plan.nextAtMs;
  }

  closeLast(reason: CloseReason): void {
    this.#connections.last?.close(reason);
  }

  closeAll(reason: CloseReason): void {
    this.#closeThese([...this.#connections].map((connection) => ({ connection, reason })));
  }

  /** All leave the stack before the first is closed: whoever hears of that lends what is left in it. */
  #closeThese(doomed: readonly Doomed[]): void {
    for (const { connection } of doomed) this.#connections.remove(connection);
    for (const { connection, reason } of doomed) connection.close(reason);
  }

  /** Closes those that have been idle since then or longer. */
  closeIdleSince(sinceMs: number, reason: CloseReason): void {
    const silent = [...this.#connections].filter(({ idleSinceMs }) => idleSinceMs <= sinceMs);
    this.#closeThese(silent.map((connection) => ({ connection, reason })));
  }

  #look(connection: Connection, isQuiet = false): ProbeResult {
    const result = connection.probe(isQuiet);
    if (isBad(result)) this.deadFound += 1;
    if (channels.probe.hasSubscribers) {
      channels.probe.publish({ origin: this.#origin, connectionId: connection.id, result });
    }
    return result;
  }
}

interface Doomed {
  readonly connection: Connection;
  readonly reason: CloseReason;
}

type BadProbe = Exclude<ProbeResult, 'alive' | 'unknown'>;

function isBad(found: ProbeResult): found is BadProbe {
  return found !== 'alive' && found !== 'unknown';
}

function reasonOf(found: BadProbe): CloseReason {
  if (found === 'bytes') return 'unsolicited-bytes';
  return found === 'fin' ? 'peer-fin' : 'peer-reset';
}
