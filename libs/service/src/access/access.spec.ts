import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isOwnRequest } from './own-request.ts';
import { allows, ROLES } from './role.ts';
import { TokenList } from './token-list.ts';

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');

describe('roles', () => {
  it('include each the ones before', () => {
    const table = ROLES.map((role) => ROLES.filter((needed) => allows(role, needed)));
    expect(table).toEqual([['viewer'], ['viewer', 'operator'], ['viewer', 'operator', 'admin']]);
  });
});

describe('a token list', () => {
  const list = TokenList.parse(
    JSON.stringify({
      tokens: [
        { name: 'ci', role: 'operator', sha256: hashOf('secret-of-ci') },
        { name: 'root', role: 'admin', sha256: hashOf('secret-of-root').toUpperCase() },
      ],
    }),
  );

  it('knows whose token it is, by its hash', () => {
    expect(list.find('secret-of-ci')).toEqual({ name: 'ci', role: 'operator' });
    expect(list.find('secret-of-root')).toEqual({ name: 'root', role: 'admin' });
  });

  it.each(['', 'secret-of-c', 'secret-of-ci ', hashOf('secret-of-ci')])('does not know %j', (token) => {
    expect(list.find(token)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['no list', '{}'],
    ['an empty list', '{"tokens":[]}'],
    ['no name', '{"tokens":[{"role":"admin"}]}'],
    ['an unknown role', '{"tokens":[{"name":"a","role":"god"}]}'],
    ['a token in clear', '{"tokens":[{"name":"a","role":"admin","sha256":"hunter2"}]}'],
  ])('is refused with %s, without showing it', (_, json) => {
    expect(() => TokenList.parse(json)).toThrow(/must be/);
    expect(() => TokenList.parse(json)).not.toThrow(/hunter2/);
  });
});

describe('a request to a service without sign-in', () => {
  it.each([
    { host: 'localhost:3000' },
    { host: '127.0.0.1:3000' },
    { host: 'localhost' },
    { host: 'LOCALHOST:3000' },
    { host: '[::1]:3000' },
    { host: 'localhost:80' },
    { host: 'localhost:3000', origin: 'http://localhost:3000' },
  ])('is ours with %j', ({ host, origin }: { host: string; origin?: string }) => {
    expect(isOwnRequest({ host, origin })).toBe(true);
  });

  it.each([
    { host: undefined },
    { host: '' },
    { host: 'evil.example:3000' },
    { host: '127.0.0.1.evil.example' },
    { host: '127.evil.example' },
    { host: 'user@localhost:3000' },
    { host: 'localhost:3000/x' },
    { host: 'localhost:3000', origin: 'http://evil.example' },
    { host: 'localhost:3000', origin: 'http://localhost:4000' },
    { host: 'localhost:3000', origin: 'null' },
  ])('is foreign with %j', ({ host, origin }: { host?: string | undefined; origin?: string }) => {
    expect(isOwnRequest({ host, origin })).toBe(false);
  });
});
