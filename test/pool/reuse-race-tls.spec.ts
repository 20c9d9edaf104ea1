import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POOLS, Race, TRIES, fromSocketCallback } from './race.ts';

const TIERS = ['peek', 'read', 'turn'] as const;

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('the reuse race over %s', (maxVersion) => {
  let race: Race;
  beforeAll(async () => {
    race = await Race.start({ kind: 'tls', maxVersion });
  });
  afterAll(() => race.stop());

  describe.each(['goodbye', 'fin', 'rst', 'speak'] as const)('when the server does %s', (act) => {
    it.each(TIERS)('is won by %s: no POST fails, and each is sent once', async (tier) => {
      const { opened, probesDead } = await race.run(tier, act, 'POST', fromSocketCallback);
      expect(opened).toBe(TRIES + POOLS);
      if (tier !== 'turn') expect(probesDead).toBe(TRIES);
    });
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('an answer over %s', (maxVersion) => {
  it('that comes before Node calls its request written does not cost the connection', async () => {
    const race = await Race.start({ kind: 'tls', maxVersion });
    expect(await race.sendAndStandStill(20)).toBe(1);
    await race.stop();
  });
});

describe('the tickets of TLS 1.3', () => {
  it.each(TIERS)(
    'that wait in the kernel before the first request do not condemn it, checked by %s',
    async (tier) => {
      const race = await Race.start({ kind: 'tls', maxVersion: 'TLSv1.3' });
      expect(await race.sendBeforeTicketsAreRead(tier)).toEqual({ opened: 1, probesDead: 0 });
      await race.stop();
    },
  );
});

describe('the reuse race over a UNIX socket', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pooler-'));
  let race: Race;
  beforeAll(async () => {
    race = await Race.start({ kind: 'unix', path: join(folder, 'http.sock') });
  });
  afterAll(async () => {
    await race.stop();
    rmSync(folder, { recursive: true });
  });

  describe.each(['fin', 'speak'] as const)('when the server does %s', (act) => {
    it.each(TIERS)('is won by %s: no POST fails, and each is sent once', async (tier) => {
      const { opened, probesDead } = await race.run(tier, act, 'POST', fromSocketCallback);
      expect(opened).toBe(TRIES + POOLS);
      if (tier !== 'turn') expect(probesDead).toBe(TRIES);
    });
  });
});
