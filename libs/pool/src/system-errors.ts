import type { ErrorCode, TlsReason } from '#libs/kernel';
import { ADDRESS_DENIED } from './net/address-guard.ts';
import { isTlsError } from './net/tls-error.ts';

/** What the system said of a failure: errno(3) by name, and the call that failed. */
export interface SystemFacts {
  readonly errno: string | undefined;
  readonly syscall: string | undefined;
  /** Why TLS failed, where it was that. */
  readonly reason: TlsReason | undefined;
  readonly cause: Error | undefined;
}

export function systemFacts(error: Error | undefined): SystemFacts {
  const reason = isTlsError(error) ? error.reason : undefined;
  return { errno: text(error, 'code'), syscall: text(error, 'syscall'), reason, cause: error };
}

const FAILED_DIALS: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: 'PLR_CONNECT_REFUSED',
  // A UNIX socket whose server is away.
  ENOENT: 'PLR_CONNECT_REFUSED',
  ETIMEDOUT: 'PLR_CONNECT_TIMEOUT',
  EMFILE: 'PLR_FD_LIMIT',
  ENFILE: 'PLR_FD_LIMIT',
  EADDRNOTAVAIL: 'PLR_LOCAL_PORTS',
  ENOTFOUND: 'PLR_DNS',
  [ADDRESS_DENIED]: 'PLR_ADDRESS_DENIED',
};

/** The code of a dial that failed: connect(2), socket(2) and getaddrinfo(3) through libuv, and TLS. */
export function codeOfFailedDial(error: Error | undefined): ErrorCode {
  if (isTlsError(error)) return 'PLR_TLS';
  const errno = text(error, 'code') ?? '';
  return FAILED_DIALS[errno] ?? (errno.startsWith('EAI_') ? 'PLR_DNS' : 'PLR_CONNECT_FAILED');
}

/** The network itself gave up: nothing says what the peer did. */
const UNREACHABLE = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN']);

/** The code of a connection lost under an exchange. */
export function codeOfLostConnection(error: Error | undefined): ErrorCode {
  // With TLS 1.3 the peer refuses our certificate when the handshake is over for us.
  if (isTlsError(error)) return 'PLR_TLS';
  const errno = text(error, 'code');
  if (errno === undefined) return 'PLR_CLOSED_BY_PEER';
  return UNREACHABLE.has(errno) ? 'PLR_PEER_UNREACHABLE' : 'PLR_RESET';
}

function text(error: Error | undefined, field: 'code' | 'syscall'): string | undefined {
  const value: unknown = error && Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}
