import { describe, expect, it } from 'vitest';
import { runRestartStorm } from '../drills/restart-storm.ts';

const RESTARTS = 100;
const DEADLINE_MS = 15_000;

describe('100 restarts under 200 requests a second', () => {
  it('fail no GET, and bring no POST without a key to the target twice', async () => {
    const storm = await runRestartStorm({
      restarts: RESTARTS,
      requestsPerSecond: 200,
      upMs: 300,
      outageMs: 100,
      deadlineMs: DEADLINE_MS,
    });
    const { gets, posts, outagesMs, postArrivals, postsOk } = storm;
    const longestMs = Math.max(...outagesMs);
    console.log(
      `storm: ${RESTARTS} restarts, longest outage ${longestMs.toFixed(0)} ms; ` +
        `GET ${gets.ok} of ${gets.sent} ok ${JSON.stringify(Object.fromEntries(gets.failed))}; ` +
        `POST ${posts.ok} of ${posts.sent} ok ${JSON.stringify(Object.fromEntries(posts.failed))}; ` +
        `${storm.furtherAttempts} further attempts`,
    );
    expect(outagesMs).toHaveLength(RESTARTS);
    // What the promise supposes: a deadline of the outage and one second more.
    expect(longestMs + 1_000).toBeLessThanOrEqual(DEADLINE_MS);
    expect(Object.fromEntries(gets.failed)).toEqual({});
    expect(gets.ok).toBe(gets.sent);
    expect([...postArrivals].filter(([, times]) => times > 1)).toEqual([]);
    expect(postsOk.filter((id) => !postArrivals.has(id))).toEqual([]);
    expect(storm.postsResentAfterWrite).toBe(0);
    expect(storm.furtherAttempts).toBeGreaterThan(0);
  });
});
