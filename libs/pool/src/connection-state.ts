import { BugError } from '#libs/kernel';
import type { Exchange } from './exchange.ts';

/** Why a connection left the pool. */
export type CloseReason =
  /** The dial failed. */
  | 'dial-failed'
  /** The dial took longer than `connectTimeoutMs`. */
  | 'dial-timeout'
  /** It was idle for as long as its peer, `idleTimeoutMs` or experience allows. */
  | 'idle-timeout'
  /** `maxIdle` others were idle when it came back. */
  | 'max-idle'
  /** It had lived for `maxLifetimeMs`, less its jitter. */
  | 'max-lifetime'
  /** The origin's name no longer resolves to its address. */
  | 'address-gone'
  /** Its address fails where others of the origin's name are well. */
  | 'address-out'
  /** It had carried as many requests as the peer's `Keep-Alive: max` allows. */
  | 'max-requests'
  /** It was idle, and another origin of the client needed its place. */
  | 'made-room'
  /** The peer closed it (FIN). */
  | 'peer-fin'
  /** The peer reset it (RST). */
  | 'peer-reset'
  /** The network no longer reaches the peer. */
  | 'peer-unreachable'
  /** Bytes came that nobody had asked for. */
  | 'unsolicited-bytes'
  /** The response broke HTTP/1.1. */
  | 'protocol'
  /** Its request reached a limit of time. */
  | 'timeout'
  /** Its request was aborted, or the rest of a body was given up. */
  | 'aborted'
  /** `Connection: close` of either side, a `Keep-Alive: timeout` too short to use, or a body that ends with it. */
  | 'asked-to-close'
  /** The answer was whole before the request was sent. */
  | 'still-sending'
  /** Nobody could be sure of it: one beside it had died, or time had jumped. */
  | 'suspect'
  /** The pool was closed. */
  | 'pool-closed'
  /** The pool was destroyed. */
  | 'pool-destroyed';

/** The life of a connection. What a state needs to know lies in it. */
export type ConnectionState =
  | { readonly name: 'dialing'; readonly dueAtMs: number }
  | { readonly name: 'idle'; readonly sinceMs: number }
  /** Out of circulation while somebody looks at it. */
  | { readonly name: 'reserved' }
  /** To a request, or to a probe of the pool's own. */
  | { readonly name: 'leased'; readonly exchange: Exchange }
  | { readonly name: 'closed'; readonly reason: CloseReason };

/** Every legal move. */
const MOVES: Record<ConnectionState['name'], ReadonlyArray<ConnectionState['name']>> = {
  dialing: ['idle', 'closed'],
  idle: ['leased', 'reserved', 'closed'],
  reserved: ['idle', 'closed'],
  leased: ['idle', 'closed'],
  closed: [],
};

/** Asserts that a connection may go from one state to the other. */
export function assertMove(from: ConnectionState, to: ConnectionState): void {
  // The sentence is made only when it is needed: this runs several times a request.
  if (!MOVES[from.name].includes(to.name)) {
    throw new BugError(`BUG: a ${from.name} connection can't become ${to.name}`);
  }
}
