import type { TlsReason } from '#libs/kernel';

/**
 * OpenSSL's verdicts on a certificate (X509_STORE_CTX_get_error(3)) and Node's own, by the names that Node gives them.
 */
const REASONS: Readonly<Record<string, TlsReason>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-host',
  HOSTNAME_MISMATCH: 'wrong-host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  // The peer sent its root along, and nobody here trusts it.
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-root',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-root',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-root',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-root',
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: 'wrong-protocol',
};

/** A name of errno(3) or, with `EAI_`, of getaddrinfo(3): what the network did, and not what TLS said. */
const OF_THE_SYSTEM = /^E(?:AI_)?[A-Z\d]+$/;

/** A failure of TLS itself: its handshake, a certificate, an alert of the peer. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
  readonly reason: TlsReason;
  /** What Node calls it, such as `CERT_HAS_EXPIRED`. */
  readonly code: string;

  constructor(reason: TlsReason, code: string, sentence: string, cause?: Error) {
    super(`TLS (${reason}): ${sentence}`, { cause });
    this.reason = reason;
    this.code = code;
  }
}

/** By its name, so that a connector of another make can fail like that, too. */
export function isTlsError(error: Error | undefined): error is TlsError {
  return error?.name === 'TlsError';
}

/** The same error where the system reported it, else a `TlsError` that says why. */
export function explainTlsError(error: Error): Error {
  const code = text(error, 'code') ?? '';
  if (error instanceof TlsError || OF_THE_SYSTEM.test(code)) return error;
  // OpenSSL's message is a line of its source; its `reason` is the sentence in it.
  return new TlsError(REASONS[code] ?? 'other', code, text(error, 'reason') ?? error.message, error);
}

/** The peer picked a protocol that is not HTTP/1.1 (ALPN, RFC 7301). */
export function wrongProtocol(picked: string): TlsError {
  return new TlsError('wrong-protocol', 'ERR_ALPN', `the peer picked ${picked}, and this is HTTP/1.1`);
}

function text(error: Error, field: 'code' | 'reason'): string | undefined {
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}
