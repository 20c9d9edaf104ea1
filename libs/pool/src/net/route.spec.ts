import { describe, expect, it } from 'vitest';
import { Route } from './route.ts';

const LIMITS = { keepAlive: false, tcpUserTimeoutMs: 20_000 } as const;
const onread = { buffer: new Uint8Array(1), callback: (): boolean => true };

function routeTo(url: string, path?: string): Route {
  return new Route(new URL(url), path, {}, LIMITS);
}

describe('the way to an origin', () => {
  it.each([
    ['http://192.0.2.1', '192.0.2.1', 80],
    ['https://example.test', 'example.test', 443],
    ['https://[2001:db8::1]:8443', '2001:db8::1', 8443],
  ])('%s leads to %s, port %i', (url, host, port) => {
    expect(routeTo(url).options(onread)).toMatchObject({
      host,
      port,
      noDelay: true,
      onread,
    });
  });

  it('leads to the UNIX socket where there is one, and keeps the name for TLS', () => {
    const options = routeTo('https://example.test', '/run/http.sock').options(onread);
    expect(options).toEqual({ path: '/run/http.sock', host: 'example.test', onread });
  });

  it('is closed to an address that is not allowed; of names only their addresses are asked about', () => {
    const asked: string[] = [];
    const deny = (ip: string): boolean => {
      asked.push(ip);
      return false;
    };
    expect(
      new Route(new URL('http://192.0.2.1'), undefined, { allowAddress: deny }, LIMITS).denial,
    ).toMatchObject({
      code: 'EADDRDENIED',
    });
    expect(
      new Route(new URL('http://example.test'), undefined, { allowAddress: deny }, LIMITS).denial,
    ).toBeUndefined();
    expect(
      new Route(new URL('http://192.0.2.1'), '/run/http.sock', { allowAddress: deny }, LIMITS).denial,
    ).toBeUndefined();
    expect(asked).toEqual(['192.0.2.1']);
  });
});
