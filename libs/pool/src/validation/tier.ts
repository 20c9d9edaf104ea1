import type { ProbeResult } from '../transport.ts';
import { loadPeeker, type SocketPeeker } from '../native/libc.ts';
import { readOneByte } from './read-one-byte.ts';

/**
 * How an idle connection is checked each time it is taken from the pool, best first:
 * - `peek`: recv(MSG_PEEK | MSG_DONTWAIT) through koffi, about 0.4 µs;
 * - `read`: a non-blocking one-byte `fs.readSync`, about 3 µs, no native code; a byte, if any, condemns the connection;
 * - `turn`: waits until the event loop has polled once, so that a FIN or RST already in the kernel becomes an event;
 * - `off`: believes that the connection is alive. For benches and comparisons.
 */
export const VALIDATION_TIERS = ['peek', 'read', 'turn', 'off'] as const;
export type ValidationTier = (typeof VALIDATION_TIERS)[number];

/** The check in force: the wanted tier, or the next one that this machine can do. */
export interface Validation {
  readonly tier: ValidationTier;
  /** Looks at a socket by its file descriptor, `undefined` where the platform has none. */
  readonly probe: (fd: number | undefined) => ProbeResult;
  /** Asks about several at once, where the tier can; see `SocketPeeker`. */
  readonly areQuiet?: SocketPeeker['areQuiet'] | undefined;
}

let peeker: SocketPeeker | undefined | 'not-loaded' = 'not-loaded';

/** Picks the check for a pool. Falls from `peek` to `read` to `turn` as far as the machine makes it. */
export function selectValidation(wanted: ValidationTier): Validation {
  if (wanted === 'off') return { tier: 'off', probe: () => 'alive' };
  if (wanted === 'peek') {
    if (peeker === 'not-loaded') peeker = loadPeeker();
    if (peeker) {
      const { peek, areQuiet } = peeker;
      return { tier: 'peek', probe: (fd) => (fd === undefined ? 'unknown' : peek(fd)), areQuiet };
    }
  }
  // Windows sockets are no file descriptors: libuv gives none, and fs.readSync would read something else.
  if (wanted !== 'turn' && process.platform !== 'win32') {
    return { tier: 'read', probe: (fd) => (fd === undefined ? 'unknown' : readOneByte(fd)) };
  }
  return { tier: 'turn', probe: () => 'unknown' };
}
