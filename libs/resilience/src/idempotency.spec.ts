import { describe, expect, it } from 'vitest';
import { isIdempotent } from './idempotency.ts';

describe('a request is idempotent', () => {
  it.each([['GET'], ['HEAD'], ['OPTIONS'], ['TRACE'], ['PUT'], ['DELETE']])('by its method %s', (method) => {
    expect(isIdempotent(method, undefined, undefined)).toBe(true);
  });

  it.each([
    ['an object', { 'Idempotency-Key': 'k1' }],
    ['an object in other case', { 'idempotency-KEY': 'k1' }],
    ['pairs', [['idempotency-key', 'k1']] as const],
  ])('by an Idempotency-Key among %s', (_form, headers) => {
    expect(isIdempotent('POST', headers, undefined)).toBe(true);
  });

  it('because the caller says so', () => {
    expect(isIdempotent('POST', undefined, true)).toBe(true);
  });
});

describe('a request is not idempotent', () => {
  it.each([['POST'], ['PATCH'], ['CONNECT'], ['get'], ['']])('by its method %j', (method) => {
    expect(isIdempotent(method, undefined, undefined)).toBe(false);
  });

  it.each([
    ['no such field', { 'X-Idempotency': 'k1', Key: 'idempotency-key' }],
    ['the field undefined', { 'Idempotency-Key': undefined }],
    ['no fields', {}],
    ['no pairs', []],
  ])('with %s', (_what, headers) => {
    expect(isIdempotent('POST', headers, undefined)).toBe(false);
  });

  it('because the caller says so, whatever method and fields say', () => {
    expect(isIdempotent('GET', { 'Idempotency-Key': 'k1' }, false)).toBe(false);
  });
});
