import type { Connection } from './connection.ts';
import { tcpKernel } from './native/tcp.ts';
import type { ResolvedPoolOptions } from './options.ts';

/** What is read of `struct tcp_info` (tcp(7), <linux/tcp.h>). */
export interface TcpInfo {
  /** Retransmission timeouts in a row without an acknowledgement of new data (`tcpi_retransmits`). */
  readonly retransmits: number;
  /** How often the timeout was doubled since (`tcpi_backoff`). */
  readonly backoff: number;
  /** The timeout now, doublings included (`tcpi_rto`). */
  readonly rtoMs: number;
  /** Segments sent and not acknowledged (`tcpi_unacked`). */
  readonly unackedSegments: number;
  /** Since the last acknowledgement of any kind came in (`tcpi_last_ack_recv`). */
  readonly lastAckReceivedMs: number;
}

/** So many timeouts in a row are no single loss. */
const LEAST_RETRANSMITS = 3;
/** Shorter silences are stalls that networks recover from: a roaming phone, a switched route. */
const LEAST_SILENCE_MS = 3_000;
/** How often connections with a running request are looked at: a request that ends sooner seldom costs a look. */
const LOOK_EVERY_MS = 1_000;

/**
 * How long data has been retransmitted for nothing, at the least: the timeouts that have passed, each twice the one before
 * (RFC 6298 section 5.5), are together the present one less the first.
 */
export function retransmittingForMs({ rtoMs, backoff }: TcpInfo): number {
  return rtoMs - rtoMs / 2 ** backoff;
}

/**
 * Whether what was sent goes into a hole: three retransmission timeouts or more in a row, over 3 s or more, and in that time
 * no acknowledgement at all. Where round trips are short that is the fourth timeout, 3.0 s after the data was sent; where
 * the first timeout is a second, the third after 7 s. A peer that stands still but whose kernel acknowledges is no hole.
 */
export function isUnreachable(info: TcpInfo): boolean {
  return (
    info.unackedSegments > 0 &&
    info.retransmits >= LEAST_RETRANSMITS &&
    retransmittingForMs(info) >= LEAST_SILENCE_MS &&
    info.lastAckReceivedMs >= LEAST_SILENCE_MS
  );
}

/**
 * How a peer is found that the network no longer reaches, best first:
 * - `tcp-info`: TCP_INFO of running requests and TCP_USER_TIMEOUT, through koffi on Linux, with keep-alive;
 * - `keep-alive`: probes of silent connections only; a request that waits for acknowledgements has its own timeouts;
 * - `none`: a UNIX socket, or keep-alive is off.
 */
export type PeerDetection = 'tcp-info' | 'keep-alive' | 'none';

export function peerDetection({
  socketPath,
  keepAlive,
}: Pick<ResolvedPoolOptions, 'socketPath' | 'keepAlive'>): PeerDetection {
  if (socketPath !== undefined) return 'none';
  if (tcpKernel()) return 'tcp-info';
  return keepAlive ? 'keep-alive' : 'none';
}

/** When a connection that was lent at `nowMs` is to be looked at first; `Infinity` where the kernel can't be asked. */
export function firstLookAtMs(connection: Connection, nowMs: number): number {
  return connection.canTellUnreachable ? nowMs + LOOK_EVERY_MS : Infinity;
}

/** Ends the requests that go into a hole. Returns when to look again, `Infinity` where none runs. */
export function watchPeers(open: Iterable<Connection>, nowMs: number): number {
  let nextAtMs = Infinity;
  for (const connection of open) {
    const { state } = connection;
    if (state.name !== 'leased' || !connection.canTellUnreachable) continue;
    if (nowMs - state.exchange.leasedAtMs >= LOOK_EVERY_MS) connection.giveUpIfUnreachable();
    nextAtMs = nowMs + LOOK_EVERY_MS;
  }
  return nextAtMs;
}
