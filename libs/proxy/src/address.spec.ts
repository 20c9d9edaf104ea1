import { describe, expect, it } from 'vitest';
import { addressText, parseAddress } from './address.ts';

describe('an address', () => {
  it.each([
    ['127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
    ['db.internal:5432', { host: 'db.internal', port: 5432 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    [':0', { host: '', port: 0 }],
  ])('reads %s, and is written the same', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(addressText(address)).toBe(text);
  });

  it.each(['', 'host', 'host:', 'host:x', 'host:65536', '::1:80', '[host]:80', 'a:1:2', 'a b:80', 'a\0:80'])(
    'is not %j',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});
