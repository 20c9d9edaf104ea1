import { BugError } from '#libs/kernel';
import type { Exchange } from './exchange.ts';

/** Why a connection left the pool. */
export type CloseReason =
  | 'dial-failed'
  | 'dial-timeout'
  | 'idle-timeout'
  | 'max-idle'
  | 'max-lifetime'
  | 'address-gone'
  | 'max-requests'
  | 'made-room'
  | 'peer-fin'
  | 'peer-reset'
  | 'peer-unreachable'
  | 'unsolicited-bytes'
  | 'protocol'
  | 'timeout'
  | 'aborted'
  | 'asked-to-close'
  | 'still-sending'
  | 'suspect'
  | 'pool-closed'
  | 'pool-destroyed';

/** The life of a connection. What a state needs to know lies in it. */
export type ConnectionState =
  | { readonly name: 'dialing'; readonly dueAtMs: number }
  | { readonly name: 'idle'; readonly sinceMs: number }
  /** Out of circulation while somebody looks at it. */
  | { readonly name: 'reserved' }
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
