import type { Connection } from './connection.ts';
import type { CloseReason } from './connection-state.ts';

/**
 * Retires the connections to the addresses that are meant: all of them before the first is closed, since whoever hears of
 * that may lend what is left.
 */
export function retireAt(
  open: Iterable<Connection>,
  isMeant: (address: string) => boolean,
  reason: CloseReason,
): void {
  const meant = [...open].filter(({ addresses }) => addresses && isMeant(addresses.remoteAddress));
  for (const { lifespan } of meant) lifespan.retire(reason);
  for (const connection of meant) connection.retire(reason);
}
