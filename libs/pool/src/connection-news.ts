import { channels } from '#libs/records';
import type { Connection } from './connection.ts';
import type { CloseReason } from './connection-state.ts';

/** Tells whoever listens that a dial connected. */
export function publishOpened(origin: string, connection: Connection): void {
  if (!channels.connection.hasSubscribers) return;
  const { id, dialledAtMs, connectedAtMs, dialledFor } = connection;
  const hasGone = dialledFor !== undefined && (dialledFor.leasedAtMs > 0 || dialledFor.isOver);
  channels.connection.publish({
    event: 'opened',
    origin,
    connectionId: id,
    dialledAtMs,
    connectedAtMs,
    outlived: hasGone ? dialledFor.traceparent : undefined,
  });
}

export function publishClosed(origin: string, connectionId: number, reason: CloseReason): void {
  if (!channels.connection.hasSubscribers) return;
  channels.connection.publish({ event: 'closed', origin, connectionId, reason });
}
