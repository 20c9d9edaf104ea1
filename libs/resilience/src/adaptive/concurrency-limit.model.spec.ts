import { seededRng } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { resolveAdaptiveOptions } from './adaptive-options.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { SimulatedServer, type SimulatedServerOptions } from './simulated-server.spec-helper.ts';

const MAX = 256;
const SERVICE_MS = 20;

function serverWith(options: Partial<SimulatedServerOptions>, seed = 1): SimulatedServer {
  return new SimulatedServer(new ConcurrencyLimit(resolveAdaptiveOptions({}, MAX)), {
    workers: () => 16,
    serviceMs: () => SERVICE_MS,
    demand: () => MAX,
    rng: seededRng(seed),
    ...options,
  });
}

/** The requests that so many workers can answer in that time, at best. */
function capacity(workers: number, forMs: number): number {
  return (workers * forMs) / SERVICE_MS;
}

describe.each([1, 2, 4, 16, 64])('before a server of %i workers, with endless demand', (workers) => {
  it.each([1, 2, 3])('the limit comes to rest near what the server can take (seed %i)', (seed) => {
    const server = serverWith({ workers: () => workers }, seed);
    server.run(10_000);
    const seen = server.run(60_000);
    // It keeps them all at work,
    expect(seen.answers).toBeGreaterThan(0.95 * capacity(workers, 60_000));
    // and what waits before them is what tolerance and headroom allow: L = 1.5 C + √L, and the jitter.
    expect(seen.meanLimit).toBeGreaterThanOrEqual(workers);
    expect(seen.highestLimit).toBeLessThan(2 * workers + 8);
    expect(seen.meanMs).toBeLessThan((2 + 3 / workers) * SERVICE_MS);
  });
});

describe('the limit before a server with a queue', () => {
  it('does not learn the queue that it has made: after twenty minutes it is where it was after ten', () => {
    const server = serverWith({ workers: () => 4 });
    server.run(60_000);
    const first = server.run(540_000);
    const second = server.run(600_000);
    expect(second.highestLimit).toBeLessThanOrEqual(first.highestLimit + 1);
  });

  it('lets a server that gets slower under load do all that it can, where a fixed limit lets it collapse', () => {
    // Beyond its sixteen workers every further request costs all of them a fiftieth.
    const serviceMs = (requests: number): number => SERVICE_MS * (1 + Math.max(0, requests - 16) / 50);
    const fixed = new SimulatedServer(
      new ConcurrencyLimit(resolveAdaptiveOptions({ initialLimit: MAX, minLimit: MAX }, MAX)),
      { workers: () => 16, serviceMs, demand: () => MAX, rng: seededRng(1) },
    ).run(30_000);
    const adaptive = serverWith({ serviceMs });
    adaptive.run(10_000);
    const seen = adaptive.run(30_000);
    expect(fixed.answers).toBeLessThan(0.25 * capacity(16, 30_000));
    expect(seen.answers).toBeGreaterThan(0.75 * capacity(16, 30_000));
  });

  it('follows a server that loses three quarters of its workers, and gets them back', () => {
    let workers = 64;
    const server = serverWith({ workers: () => workers });
    server.run(20_000);
    workers = 16;
    server.run(20_000);
    const few = server.run(20_000);
    expect(few.highestLimit).toBeLessThan(40);
    workers = 64;
    server.run(20_000);
    const many = server.run(20_000);
    expect(many.answers).toBeGreaterThan(0.9 * capacity(64, 20_000));
  });

  it('stays where it was through a lull', () => {
    const server = serverWith({ demand: (nowMs) => (nowMs < 30_000 || nowMs > 60_000 ? MAX : 2) });
    const before = server.run(30_000);
    const lull = server.run(30_000);
    expect(lull.highestLimit).toBeLessThanOrEqual(before.highestLimit);
    expect(lull.highestLimit - lull.lowestLimit).toBeLessThanOrEqual(2);
  });

  it('comes down from timeouts alone', () => {
    const server = serverWith({ workers: () => 2, serviceMs: () => 500, timeoutMs: 1_000 });
    server.run(60_000);
    expect(server.run(30_000).highestLimit).toBeLessThan(8);
  });
});
