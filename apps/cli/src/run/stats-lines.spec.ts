import { expect, it } from 'vitest';
import type { ClientStats } from '#libs/client';
import { statsLine, summaryLine } from './stats-lines.ts';

const STATS: ClientStats = {
  requests: 188,
  ok: 182,
  failed: 6,
  retries: 14,
  retriesWithheld: 3,
  circuitOpens: 1,
  pool: { active: 18, idle: 2, pending: 4, dialing: 5 },
  origins: new Map(),
};

it('the stats line has its keys in their order', () => {
  expect(statsLine(STATS)).toBe('[stats] ok=182 fail=6 retry=14 open_circuit=1 pool_active=18 pool_idle=2');
});

it('the summary line has its keys in their order and one decimal', () => {
  expect(summaryLine(STATS, 12.36)).toBe('requests=188 ok=182 retries=14 open_circuit=1 avg_ms=12.4');
});
