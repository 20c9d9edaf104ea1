import { describe, expect, it } from 'vitest';
import { refusalOf } from './request-guard.ts';

describe('the control API on loopback', () => {
  it.each([
    { host: 'localhost:8474' },
    { host: '127.0.0.1:8474' },
    { host: '127.0.0.1:80' },
    { host: '[::1]:8474' },
    { host: 'LOCALHOST' },
    { host: 'localhost:8474', origin: 'http://localhost:8474' },
  ])('lets in %j', (headers) => {
    expect(refusalOf({ headers }, '127.0.0.1')).toBeUndefined();
  });

  it.each([
    {},
    { host: 'evil.example:8474' },
    { host: '127.evil.example' },
    { host: 'user@localhost' },
    { host: 'localhost/x' },
    { host: '10.0.0.1:8474' },
    { host: 'localhost:8474', origin: 'http://evil.example' },
    { host: 'localhost:8474', origin: 'http://localhost:3000' },
    { host: 'localhost:8474', origin: 'null' },
    { host: 'localhost:8474', 'user-agent': 'Mozilla/5.0' },
  ])('refuses %j', (headers) => {
    expect(refusalOf({ headers }, '127.0.0.1')).toBeDefined();
  });
});

describe('the control API on other addresses', () => {
  it.each(['10.0.0.1:8474', '[fd00::1]:8474', 'localhost:8474'])('lets in %s', (host) => {
    expect(refusalOf({ headers: { host } }, '0.0.0.0')).toBeUndefined();
  });

  it('lets in the name it was given, and no other: rebinding needs a name', () => {
    expect(refusalOf({ headers: { host: 'proxy.internal:8474' } }, 'proxy.internal')).toBeUndefined();
    expect(refusalOf({ headers: { host: 'evil.example:8474' } }, 'proxy.internal')).toBeDefined();
  });
});
