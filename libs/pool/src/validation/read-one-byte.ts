import { readSync } from 'node:fs';
import type { ProbeResult } from '../transport.ts';

const byte = new Uint8Array(1);

/**
 * Asks the kernel for one byte of a non-blocking socket: read(2) gives EAGAIN when nothing is there, 0 after a FIN and
 * ECONNRESET after an RST. A byte that does come is lost; it was unsolicited, and its connection is never used again.
 */
export function readOneByte(fd: number): ProbeResult {
  const { stackTraceLimit } = Error;
  // The usual answer is an exception; without a stack it costs half as much.
  Error.stackTraceLimit = 0;
  try {
    return readSync(fd, byte, 0, 1, null) === 0 ? 'fin' : 'bytes';
  } catch (error) {
    return isTryAgain(error) ? 'alive' : 'reset';
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function isTryAgain(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EWOULDBLOCK')
  );
}
