import { ERROR_CODES, PoolerError, type ErrorCode, type Phase } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { classifyCall, type CallResult } from './call.ts';

function failed(code: ErrorCode, phase: Phase): CallResult {
  return classifyCall({ kind: 'error', error: new PoolerError(code, 'it failed', { phase }) });
}

describe('a response is', () => {
  it.each([[200], [204], [301], [400], [404], [429], [500], [501], [505]])(
    'a success with %i',
    (statusCode) => {
      expect(classifyCall({ kind: 'response', statusCode })).toBe('success');
    },
  );

  it.each([[502], [503], [504]])('a failure with %i', (statusCode) => {
    expect(classifyCall({ kind: 'response', statusCode })).toBe('other');
  });
});

describe('an error is', () => {
  it.each([
    ['PLR_CONNECT_REFUSED', 'connect'],
    ['PLR_CONNECT_TIMEOUT', 'connect'],
    ['PLR_CONNECT_FAILED', 'connect'],
    ['PLR_PEER_UNREACHABLE', 'connect'],
    ['PLR_ATTEMPT_TIMEOUT', 'connect'],
    ['PLR_DNS', 'dns'],
    ['PLR_RESET', 'tls'],
  ] as const)('a failure to connect: %s in phase %s', (code, phase) => {
    expect(failed(code, phase)).toBe('connect');
  });

  it.each([
    ['PLR_RESET', 'send'],
    ['PLR_CLOSED_BY_PEER', 'wait'],
    ['PLR_PEER_UNREACHABLE', 'wait'],
    ['PLR_HEADERS_TIMEOUT', 'wait'],
    ['PLR_BODY_TIMEOUT', 'receive'],
    ['PLR_ATTEMPT_TIMEOUT', 'wait'],
    ['PLR_PROTOCOL', 'receive'],
  ] as const)('another failure: %s in phase %s', (code, phase) => {
    expect(failed(code, phase)).toBe('other');
  });

  const codes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);
  const own = codes.filter((code) => ['local', 'caller'].includes(ERROR_CODES[code].kind));
  it.each(own)('not a call: %s, in any phase', (code) => {
    expect([failed(code, 'connect'), failed(code, 'wait')]).toEqual(['not-a-call', 'not-a-call']);
  });

  it('not a call when it is of our own making: at least these', () => {
    expect(own).toEqual(
      expect.arrayContaining([
        'PLR_ACQUIRE_TIMEOUT',
        'PLR_FD_LIMIT',
        'PLR_LOCAL_PORTS',
        'PLR_ABORTED',
        'PLR_DEADLINE',
      ]),
    );
  });
});
