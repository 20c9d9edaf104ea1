import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POOLS, Race, TRIES, fromTimer } from './race.ts';

const TIERS = ['peek', 'read', 'turn'] as const;

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('the reuse race over %s', (maxVersion) => {
  let race: Race;
  beforeAll(async () => {
    race = await Race.start({ kind: 'tls', maxVersion });
  });
  afterAll(() => race.stop());

  describe.each(['goodbye', 'fin', 'rst', 'speak'] as const)('when the server does %s', (act) => {
    it.each(TIERS)('is won by %s: no POST fails, and each is sent once', async (tier) => {
      const { opened, probesDead } = await race.run(tier, act, 'POST', fromTimer);
      expect(opened).toBe(TRIES + POOLS);
      if (tier !== 'turn') expect(probesDead).toBe(TRIES);
    });
  });
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
      const { opened, probesDead } = await race.run(tier, act, 'POST', fromTimer);
      expect(opened).toBe(TRIES + POOLS);
      if (tier !== 'turn') expect(probesDead).toBe(TRIES);
    });
  });
});
