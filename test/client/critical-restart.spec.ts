import { describe, expect, it } from 'vitest';
import { quantile, runRestartDrill } from '../drills/restart-drill.ts';

const KILLS = 20;
const OUTAGE_MS = 300;

describe('a server that is killed and restarted under closed-loop load', () => {
  it('costs no request its one answer, and is found again each time', { timeout: 60_000 }, async () => {
    const result = await runRestartDrill({ kills: KILLS, outageMs: OUTAGE_MS, concurrency: 20 });
    const failures = [...result.failed.values()].reduce((sum, n) => sum + n, 0);
    const [median, p95] = [quantile(result.recoveriesMs, 0.5), quantile(result.recoveriesMs, 0.95)];
    console.log(
      `restart: ${KILLS} kills, outage ${OUTAGE_MS} ms, ${result.sent} requests, ${failures} failed ` +
        `${JSON.stringify(Object.fromEntries(result.failed))}; recovery median ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`,
    );
    expect(result.recoveriesMs).toHaveLength(KILLS);
    expect(result.ok + failures).toBe(result.sent);
    expect(result.foreign).toBe(0);
    expect([...result.recordsPerRequest]).toEqual([[1, result.sent]]);
  });
});
