import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import type { ProbeResult } from '../transport.ts';

/** Looks at sockets without taking anything out of them. */
export interface SocketPeeker {
  /** What has happened on one socket. */
  readonly peek: (fd: number) => ProbeResult;
  /** Whether nothing has happened on any of these, `MAX_GROUP` at most: no bytes, no FIN, no RST. */
  readonly areQuiet: (fds: readonly number[]) => boolean;
}

/** The most sockets that one question is about. */
export const MAX_GROUP = 8;
/** From <poll.h>, the same on every system. */
const POLLIN = 0x1;

interface Platform {
  readonly library: string;
  readonly MSG_PEEK: number;
  readonly MSG_DONTWAIT: number;
  readonly EAGAIN: number;
  readonly EINTR: number;
}

/** From each system's <sys/socket.h> and <errno.h>. */
const PLATFORMS: Partial<Record<NodeJS.Platform, Platform>> = {
  linux: { library: 'libc.so.6', MSG_PEEK: 0x2, MSG_DONTWAIT: 0x40, EAGAIN: 11, EINTR: 4 },
  darwin: { library: 'libSystem.B.dylib', MSG_PEEK: 0x2, MSG_DONTWAIT: 0x80, EAGAIN: 35, EINTR: 4 },
};

/**
 * `recv(fd, buffer, 1, MSG_PEEK | MSG_DONTWAIT)` and `poll` without waiting, through koffi: see recv(2) and poll(2).
 * Returns `undefined` where koffi or the C library can't be loaded. Loaded on first use only: a program that never dials
 * never pays for it.
 */
export function loadPeeker(): SocketPeeker | undefined {
  const platform = PLATFORMS[process.platform];
  if (!platform) return undefined;
  try {
    // koffi is CommonJS with a native addon; `require` keeps this synchronous and lazy.
    const koffi: typeof Koffi = createRequire(import.meta.url)('koffi');
    // `intptr_t` is ssize_t's width; koffi does not know the latter by name.
    const library = koffi.load(platform.library);
    const recv = library.func('intptr_t recv(int, void *, size_t, int)');
    const poll = library.func('int poll(void *, unsigned long, int)');
    const flags = platform.MSG_PEEK | platform.MSG_DONTWAIT;
    const byte = Buffer.alloc(1);
    const peek = (fd: number): ProbeResult => {
      const received: number = recv(fd, byte, 1, flags);
      if (received > 0) return 'bytes';
      if (received === 0) return 'fin';
      const errno = koffi.errno();
      return errno === platform.EAGAIN || errno === platform.EINTR ? 'alive' : 'reset';
    };
    // struct pollfd { int fd; short events; short revents; }; the kernel writes revents only, so events is set once.
    const pollFds = new Int32Array(MAX_GROUP * 2);
    const events = new Int16Array(pollFds.buffer);
    for (let i = 0; i < MAX_GROUP; i += 1) events[i * 4 + 2] = POLLIN;
    const areQuiet = (fds: readonly number[]): boolean => {
      for (let i = 0; i < fds.length; i += 1) pollFds[i * 2] = fds[i] ?? -1;
      // A FIN counts as readable, and an RST or a closed descriptor is always reported.
      return poll(pollFds, fds.length, 0) === 0;
    };
    return { peek, areQuiet };
  } catch {
    return undefined;
  }
}
