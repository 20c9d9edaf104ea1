import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import type { ProbeResult } from '../transport.ts';

/** Looks at a socket's receive queue without taking anything out of it. */
export type PeekSocket = (fd: number) => ProbeResult;

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
 * `recv(fd, buffer, 1, MSG_PEEK | MSG_DONTWAIT)` through koffi: see recv(2). Returns `undefined` where koffi or the C
 * library can't be loaded. Loaded on first use only: a program that never dials never pays for it.
 */
export function loadPeek(): PeekSocket | undefined {
  const platform = PLATFORMS[process.platform];
  if (!platform) return undefined;
  try {
    // koffi is CommonJS with a native addon; `require` keeps this synchronous and lazy.
    const koffi: typeof Koffi = createRequire(import.meta.url)('koffi');
    // `intptr_t` is ssize_t's width; koffi does not know the latter by name.
    const recv = koffi.load(platform.library).func('intptr_t recv(int, void *, size_t, int)');
    const flags = platform.MSG_PEEK | platform.MSG_DONTWAIT;
    const byte = Buffer.alloc(1);
    return (fd) => {
      const received: number = recv(fd, byte, 1, flags);
      if (received > 0) return 'bytes';
      if (received === 0) return 'fin';
      const errno = koffi.errno();
      return errno === platform.EAGAIN || errno === platform.EINTR ? 'alive' : 'reset';
    };
  } catch {
    return undefined;
  }
}
