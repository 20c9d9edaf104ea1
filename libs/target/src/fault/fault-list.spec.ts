import { describe, expect, it } from 'vitest';

import { seededRng } from '#libs/kernel';

import { FAULTS_MAX, FaultList } from './fault-list.ts';
import { parseFaultOrder } from './fault-order.ts';

const rng = seededRng(1);

function listOf(...queries: string[]): FaultList {
  const list = new FaultList();
  for (const query of queries) list.install(parseFaultOrder(query), 0);
  return list;
}

/** The ids that strike so many requests to `/`, one after the other. */
function struck(list: FaultList, requests: number, nowMs = 0): Array<string | undefined> {
  return Array.from({ length: requests }, () => list.strike('GET', '/', nowMs, rng)?.id);
}

describe('the faults of a target', () => {
  it('strike the first so many requests, then pass', () => {
    expect(struck(listOf('type=abort&first=2&ttl=1s'), 4)).toEqual(['abort', 'abort', undefined, undefined]);
  });

  it('strike every k-th request', () => {
    const every = listOf('type=abort&every=3&ttl=1s');
    expect(struck(every, 6)).toEqual([undefined, undefined, 'abort', undefined, undefined, 'abort']);
  });

  it('strike by chance at the rate asked for, within the binomial 99.9 percent interval', () => {
    const requests = 100_000;
    const count = struck(listOf('type=abort&probability=0.05&ttl=1s'), requests).filter(Boolean).length;
    const deviation = Math.sqrt(requests * 0.05 * 0.95);
    expect(Math.abs(count - requests * 0.05)).toBeLessThan(3.2905 * deviation);
  });

  it('are asked in the order of their installation, and the first that strikes wins', () => {
    const list = listOf('type=abort&every=2&ttl=1s', 'type=status&ttl=1s');
    expect(struck(list, 3)).toEqual(['status', 'abort', 'status']);
  });

  it('strike and count only the requests that they are aimed at', () => {
    const list = listOf('type=abort&method=POST&path=/echo&every=2&ttl=1s');
    const asked = [
      ['POST', '/echo'],
      ['GET', '/echo'],
      ['POST', '/'],
      ['POST', '/echo'],
    ] as const;
    expect(asked.map(([method, path]) => list.strike(method, path, 0, rng)?.id)).toEqual([
      undefined,
      undefined,
      undefined,
      'abort',
    ]);
  });

  it('end by themselves', () => {
    const list = listOf('type=abort&ttl=1s', 'type=status&ttl=2s');
    expect(list.inForce(400).map(({ id, ttlMs }) => [id, ttlMs])).toEqual([
      ['abort', 600],
      ['status', 1_600],
    ]);
    expect(struck(list, 1, 999)).toEqual(['abort']);
    expect(struck(list, 1, 1_000)).toEqual(['status']);
    expect(list.inForce(2_000)).toEqual([]);
  });

  it('have names of their own, and are removed by them or all at once', () => {
    const list = listOf('type=abort&ttl=1s', 'type=abort&ttl=1s', 'type=abort&ttl=1s');
    expect(list.remove('abort-2', 0)).toBe(1);
    expect(list.remove('abort-2', 0)).toBe(0);
    expect(list.install(parseFaultOrder('type=abort&ttl=1s'), 0)?.id).toBe('abort-2');
    expect(list.remove(undefined, 0)).toBe(3);
    expect(list.inForce(0)).toEqual([]);
  });

  it('take the place of the one whose name they are given', () => {
    const list = listOf('type=abort&id=mine&ttl=1s', 'type=status&ttl=1s', 'type=latency&id=mine&ttl=9s');
    expect(list.inForce(0).map(({ id, type, ttlMs }) => [id, type, ttlMs])).toEqual([
      ['mine', 'latency', 9_000],
      ['status', 'status', 1_000],
    ]);
  });

  it('go on counting when others join them', () => {
    const [told, list] = [listOf('type=abort&first=2&ttl=1s'), new FaultList()];
    list.replace(told.inForce(0), 0);
    expect(struck(list, 1)).toEqual(['abort']);
    told.install(parseFaultOrder('type=status&ttl=1s'), 0);
    list.replace(told.inForce(0), 0);
    expect(struck(list, 2)).toEqual(['abort', 'status']);
  });

  it('are bounded, and one that has ended makes room', () => {
    const order = parseFaultOrder('type=abort&ttl=1s');
    const list = new FaultList();
    const installed = Array.from({ length: FAULTS_MAX + 1 }, () => list.install(order, 0));
    expect(installed.filter(Boolean)).toHaveLength(FAULTS_MAX);
    expect(list.install(order, 1_000)).toBeDefined();
  });
});
