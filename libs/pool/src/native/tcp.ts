import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import type { TcpInfo } from '../peer-watch.ts';

/** What the kernel is told and asked about one TCP connection. */
export interface TcpKernel {
  /** TCP_USER_TIMEOUT (tcp(7), RFC 5482): how long sent data may stay unacknowledged before the kernel gives up. */
  readonly setUserTimeout: (fd: number, ms: number) => boolean;
  /** TCP_INFO; `undefined` where the descriptor is no TCP socket. */
  readonly info: (fd: number) => TcpInfo | undefined;
}

// From <netinet/in.h> and <linux/tcp.h>.
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const TCP_USER_TIMEOUT = 18;
/** Offsets in `struct tcp_info` of <linux/tcp.h>, which only grows at its end: u8 the first two, u32 the others. */
const RETRANSMITS = 2;
const BACKOFF = 4;
const RTO_US = 8;
const UNACKED = 24;
const LAST_ACK_RECEIVED_MS = 56;
/** The part that is read. */
const INFO_BYTES = 60;

let loaded: TcpKernel | undefined | 'not-loaded' = 'not-loaded';

/** Linux' own TCP options through koffi, loaded on first use; `undefined` elsewhere, and where koffi can't be loaded. */
export function tcpKernel(): TcpKernel | undefined {
  if (loaded === 'not-loaded') loaded = process.platform === 'linux' ? load() : undefined;
  return loaded;
}

function load(): TcpKernel | undefined {
  try {
    const koffi: typeof Koffi = createRequire(import.meta.url)('koffi');
    const library = koffi.load('libc.so.6');
    const setsockopt = library.func('int setsockopt(int, int, int, void *, unsigned int)');
    const getsockopt = library.func('int getsockopt(int, int, int, void *, void *)');
    const timeout = new Uint32Array(1);
    const info = new DataView(new ArrayBuffer(INFO_BYTES));
    const infoBytes = new Uint8Array(info.buffer);
    const length = new Uint32Array(1);
    // The kernel writes in the machine's order, as typed arrays do.
    const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
    return {
      setUserTimeout: (fd, ms) => {
        timeout[0] = ms;
        return setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, timeout, 4) === 0;
      },
      info: (fd) => {
        length[0] = INFO_BYTES;
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, infoBytes, length) !== 0 || length[0] < INFO_BYTES)
          return undefined;
        return {
          retransmits: info.getUint8(RETRANSMITS),
          backoff: info.getUint8(BACKOFF),
          rtoMs: info.getUint32(RTO_US, isLittleEndian) / 1_000,
          unackedSegments: info.getUint32(UNACKED, isLittleEndian),
          lastAckReceivedMs: info.getUint32(LAST_ACK_RECEIVED_MS, isLittleEndian),
        };
      },
    };
  } catch {
    return undefined;
  }
}
