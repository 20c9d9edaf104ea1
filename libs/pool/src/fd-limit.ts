import { readFileSync } from 'node:fs';
import { invalidArgument } from '#libs/kernel';

/** Descriptors left for everything that is not a pooled connection: files, pipes, the event loop, listening sockets. */
const RESERVED_DESCRIPTORS = 64;

/** The soft limit of open files of this process (RLIMIT_NOFILE, getrlimit(2)), where the system shows it: Linux. */
export function openFilesLimit(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return line?.[1] === undefined ? undefined : Number(line[1]);
  } catch {
    return undefined;
  }
}

/** The most connections that this process could open; `Infinity` where the system shows no limit. */
export function mostConnections(limit = openFilesLimit()): number {
  return limit === undefined ? Infinity : limit - RESERVED_DESCRIPTORS;
}

/** Refuses a number of connections that this process could never open. */
export function checkFitsFdLimit(field: string, connections: number, limit = openFilesLimit()): void {
  const most = mostConnections(limit);
  if (connections <= most) return;
  const range = `at most ${most} here (RLIMIT_NOFILE is ${limit}, ${RESERVED_DESCRIPTORS} are kept for other files)`;
  throw invalidArgument(field, connections, range);
}
