import { describe, expect, it } from 'vitest';
import { UrlCache } from './url-cache.ts';

describe('a parsed URL', () => {
  it.each([
    ['http://192.0.2.1:8080/a/b?c=d#e', 'http://192.0.2.1:8080', '/a/b?c=d'],
    ['http://192.0.2.1', 'http://192.0.2.1', '/'],
    ['HTTP://Example.COM:80/%20?', 'http://example.com', '/%20'],
    ['http://[::1]:8080/', 'http://[::1]:8080', '/'],
    ['http://192.0.2.1/ü', 'http://192.0.2.1', '/%C3%BC'],
  ])('%s is the origin %s and the path %s', (url, origin, path) => {
    const cache = new UrlCache();
    expect(cache.parse(url)).toEqual({ origin, path });
    expect(cache.parse(new URL(url))).toEqual({ origin, path });
  });

  it('is remembered', () => {
    const cache = new UrlCache();
    expect(cache.parse('http://192.0.2.1/')).toBe(cache.parse('http://192.0.2.1/'));
  });

  it('is forgotten when 1,024 others came: the cache is bounded', () => {
    const cache = new UrlCache();
    const first = cache.parse('http://192.0.2.1/');
    for (let i = 0; i < 1024; i += 1) cache.parse(`http://192.0.2.1/${i}`);
    expect(cache.parse('http://192.0.2.1/')).not.toBe(first);
    expect(cache.parse('http://192.0.2.1/')).toEqual(first);
  });

  it.each(['http://user:secret@192.0.2.1/', 'ftp://192.0.2.1/', '192.0.2.1', ''])(
    'is not made of %j',
    (url) => {
      expect(() => new UrlCache().parse(url)).toThrow(
        'url must be an http: or https: URL without user and password',
      );
    },
  );
});
