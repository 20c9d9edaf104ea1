import { describe, expect, it } from 'vitest';
import { TlsError, explainTlsError, wrongProtocol } from './tls-error.ts';

function failure(code: string, reason?: string): Error {
  return Object.assign(new Error(`the words of ${code}`), { code, reason });
}

describe('a failure of TLS', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'expired'],
    ['CERT_NOT_YET_VALID', 'not-yet-valid'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'wrong-host'],
    ['HOSTNAME_MISMATCH', 'wrong-host'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown-root'],
    ['UNABLE_TO_GET_ISSUER_CERT', 'unknown-root'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown-root'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown-root'],
    ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'wrong-protocol'],
    ['CERT_REVOKED', 'other'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'other'],
    ['', 'other'],
  ])('by the name %j has the reason %s', (code, reason) => {
    const cause = failure(code);
    const error = explainTlsError(cause);
    expect(error).toBeInstanceOf(TlsError);
    expect(error).toMatchObject({ reason, code, cause, message: `TLS (${reason}): the words of ${code}` });
  });

  it("says OpenSSL's reason where there is one, and not the line of its source", () => {
    const error = explainTlsError(failure('ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number'));
    expect(error.message).toBe('TLS (other): wrong version number');
  });

  it.each([
    'ECONNRESET',
    'ECONNREFUSED',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EADDRDENIED',
    'E2BIG',
  ])('is not what the system calls %s', (code) => {
    const error = failure(code);
    expect(explainTlsError(error)).toBe(error);
  });

  it('is explained once', () => {
    const error = wrongProtocol('h2');
    expect(explainTlsError(error)).toBe(error);
    expect(error.message).toBe('TLS (wrong-protocol): the peer picked h2, and this is HTTP/1.1');
  });
});
