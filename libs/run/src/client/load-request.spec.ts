import { describe, expect, it } from 'vitest';
import { loadRequestOf } from './load-request.ts';

const REQUEST = { method: 'POST', path: '/echo?n=1', body: '{}', idempotent: true };

describe('the request of a scenario', () => {
  it.each([
    ['http://192.0.2.1:8080', 'http://192.0.2.1:8080/echo?n=1'],
    ['http://192.0.2.1/api', 'http://192.0.2.1/api/echo?n=1'],
    ['http://192.0.2.1/api/', 'http://192.0.2.1/api/echo?n=1'],
  ])('to a target at %s goes to %s', (baseUrl, url) => {
    expect(loadRequestOf(REQUEST, new URL(baseUrl))).toEqual({
      url,
      method: 'POST',
      headers: undefined,
      body: '{}',
      idempotent: true,
    });
  });

  it('has its header fields in their order', () => {
    const { headers } = loadRequestOf(
      { ...REQUEST, headers: { b: '1', a: '2' } },
      new URL('http://192.0.2.1'),
    );
    expect(headers).toEqual([
      ['b', '1'],
      ['a', '2'],
    ]);
  });

  it('cannot be made while a secret is only a name', () => {
    const headers = { authorization: { secretRef: 'token' } };
    expect(() => loadRequestOf({ ...REQUEST, headers }, new URL('http://192.0.2.1'))).toThrow(
      'the header authorization has been resolved',
    );
  });
});
