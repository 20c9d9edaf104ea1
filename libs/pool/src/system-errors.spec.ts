import { systemError } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import { TlsError } from './net/tls-error.ts';
import { codeOfFailedDial, codeOfLostConnection, systemFacts } from './system-errors.ts';

describe('the code of a failed dial', () => {
  it.each([
    ['ECONNREFUSED', 'PLR_CONNECT_REFUSED'],
    ['ENOENT', 'PLR_CONNECT_REFUSED'],
    ['ETIMEDOUT', 'PLR_CONNECT_TIMEOUT'],
    ['ENOTFOUND', 'PLR_DNS'],
    ['EAI_AGAIN', 'PLR_DNS'],
    ['EMFILE', 'PLR_FD_LIMIT'],
    ['ENFILE', 'PLR_FD_LIMIT'],
    ['EADDRNOTAVAIL', 'PLR_LOCAL_PORTS'],
    ['EHOSTUNREACH', 'PLR_CONNECT_FAILED'],
    ['ECONNRESET', 'PLR_CONNECT_FAILED'],
  ])('of %s is %s', (errno, code) => {
    expect(codeOfFailedDial(systemError('connect', errno))).toBe(code);
  });

  it('is PLR_TLS where TLS failed', () => {
    expect(codeOfFailedDial(new TlsError('expired', 'CERT_HAS_EXPIRED', 'too old'))).toBe('PLR_TLS');
  });

  it('is the general one when nothing is known', () => {
    expect(codeOfFailedDial(undefined)).toBe('PLR_CONNECT_FAILED');
  });
});

describe('the code of a lost connection', () => {
  it.each([
    ['ECONNRESET', 'PLR_RESET'],
    ['EPIPE', 'PLR_RESET'],
    ['ETIMEDOUT', 'PLR_PEER_UNREACHABLE'],
    ['EHOSTUNREACH', 'PLR_PEER_UNREACHABLE'],
    ['ENETUNREACH', 'PLR_PEER_UNREACHABLE'],
    ['ENETDOWN', 'PLR_PEER_UNREACHABLE'],
  ])('of %s is %s', (errno, code) => {
    expect(codeOfLostConnection(systemError('connect', errno))).toBe(code);
  });

  it('is PLR_TLS where an alert ended it', () => {
    expect(codeOfLostConnection(new TlsError('other', 'ERR_SSL_ALERT', 'no'))).toBe('PLR_TLS');
  });

  it('is a close by the peer when the system names no failure', () => {
    expect(codeOfLostConnection(undefined)).toBe('PLR_CLOSED_BY_PEER');
  });
});

describe('the facts of a system error', () => {
  it('are its errno, its system call and itself', () => {
    const error = systemError('connect', 'ECONNREFUSED');
    expect(systemFacts(error)).toEqual({ errno: 'ECONNREFUSED', syscall: 'connect', cause: error });
  });

  it('are the reason, where TLS failed', () => {
    const error = new TlsError('expired', 'CERT_HAS_EXPIRED', 'too old');
    const facts = { errno: 'CERT_HAS_EXPIRED', syscall: undefined, reason: 'expired', cause: error };
    expect(systemFacts(error)).toEqual(facts);
  });

  it('are missing where the system says nothing, or no text', () => {
    const error = Object.assign(new Error('odd'), { code: 7 });
    expect(systemFacts(error)).toEqual({ errno: undefined, syscall: undefined, cause: error });
    expect(systemFacts(undefined)).toEqual({ errno: undefined, syscall: undefined, cause: undefined });
  });
});
