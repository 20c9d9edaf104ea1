import { describe, expect, it } from 'vitest';
import { SessionCache } from './session-cache.ts';

const OLD = Buffer.from('old');
const NEW = Buffer.from('new');

describe('the cache of sessions', () => {
  it('keeps the last ticket', () => {
    const cache = new SessionCache();
    expect(cache.ticket).toBeUndefined();
    cache.keep(OLD);
    cache.keep(NEW);
    expect(cache.ticket).toBe(NEW);
  });

  it('forgets a ticket whose handshake failed, and not the newer one', () => {
    const cache = new SessionCache();
    cache.keep(OLD);
    cache.drop(undefined);
    expect(cache.ticket).toBe(OLD);
    cache.keep(NEW);
    cache.drop(OLD);
    expect(cache.ticket).toBe(NEW);
    cache.drop(NEW);
    expect(cache.ticket).toBeUndefined();
  });

  it('does not keep what no honest peer sends', () => {
    const cache = new SessionCache();
    cache.keep(OLD);
    cache.keep(Buffer.alloc(64 * 1024 + 1));
    expect(cache.ticket).toBe(OLD);
    const largest = Buffer.alloc(64 * 1024);
    cache.keep(largest);
    expect(cache.ticket).toBe(largest);
  });
});
