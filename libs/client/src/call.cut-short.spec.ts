import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '#libs/testing';
import type { BreakerHandle } from './breaker-handle.ts';
import type { RequestOptions } from './request-options.ts';
import { LIMIT_MS, PLACES, REASON, Scene, type Ending } from './request-places.spec-helper.ts';
import { Recording, type Watched } from './watch.spec-helper.ts';

let scene: Scene;
let recording: Recording;

beforeEach(() => {
  scene = new Scene();
  recording = new Recording();
});

afterEach(() => {
  recording.stop();
});

/** The places, with the breaker closed and, where it may be one, as its only trial call. */
const CASES = PLACES.flatMap((place) =>
  (place.isTrial ? ['closed', 'half-open'] : ['closed']).map((state) => ({ ...place, state })),
);

async function reach(place: (typeof CASES)[number], options: RequestOptions): Promise<Watched<unknown>> {
  if (place.state === 'half-open') await scene.halfOpenBreaker();
  return place.reach(scene, options);
}

/** What the breaker knows. */
function seen({ state, window, lostPermits }: BreakerHandle): object {
  return { state, window, lostPermits };
}

/** It ended so, once, and left nothing behind. */
function expectEnded(outcome: Watched<unknown>, [code, phase]: Ending, others = 0): void {
  expect(outcome.error).toMatchObject({ code, phase, attempt: 1 });
  expect(outcome.settledTimes).toBe(1);
  expect(scene.client.stats().pool).toMatchObject({ active: others, pending: 0 });
  expect(getEventListeners(scene.abort.signal, 'abort')).toEqual([]);
  expect(recording.requests.filter(({ error }) => error?.code === code)).toHaveLength(1);
}

/** Connection, place in the queue and permit are free. */
async function expectNextGoesThrough(): Promise<void> {
  const next = await scene.send({ waitForPermit: true });
  await scene.serve();
  expect(next.value?.statusCode).toBe(200);
  expect(scene.breaker.state.kind).toBe('closed');
}

describe('a request whose caller aborts it', () => {
  it.each(CASES)('$place, the breaker $state, ends with $onAbort', async (place) => {
    const outcome = await reach(place, { signal: scene.abort.signal });
    const before = seen(scene.breaker);
    scene.abort.abort(REASON);
    await settle();
    expectEnded(outcome, place.onAbort, place.others);
    expect(outcome.error?.cause).toBe(REASON);
    expect(seen(scene.breaker)).toEqual(before);
    await expectNextGoesThrough();
    expectEnded(outcome, place.onAbort);
  });

  it('after its body has come is over already: nothing happens', async () => {
    const outcome = await scene.send({ signal: scene.abort.signal });
    await scene.serve();
    scene.abort.abort(REASON);
    expect(await outcome.value?.body.text()).toBe('ok');
    expect(scene.client.stats()).toMatchObject({ requests: 1, ok: 1, failed: 0 });
    expect(getEventListeners(scene.abort.signal, 'abort')).toEqual([]);
  });

  it('before it begins dials nothing, and its record has no attempt', async () => {
    scene.abort.abort(REASON);
    await scene.send({ signal: scene.abort.signal });
    expect(scene.connector.dialled).toEqual([]);
    expect(recording.request().attempts).toEqual([]);
  });

  it('in flight has its connection cut, for the answer may still come', async () => {
    await scene.send({ signal: scene.abort.signal });
    scene.wire.connect();
    scene.abort.abort(REASON);
    expect(scene.wire.life).toBe('reset');
  });
});

describe('a request whose deadline passes', () => {
  const cases = CASES.flatMap(({ onDeadline, ...place }) => (onDeadline ? [{ ...place, onDeadline }] : []));
  it.each(cases)('$place, the breaker $state, ends with $onDeadline', async (place) => {
    const outcome = await reach(place, { signal: scene.abort.signal, deadlineMs: LIMIT_MS });
    const before = seen(scene.breaker);
    await scene.clock.advanceAsync(LIMIT_MS - 1);
    expect(outcome.isPending).toBe(true);
    await scene.clock.advanceAsync(1);
    expectEnded(outcome, place.onDeadline, place.others);
    expect(seen(scene.breaker)).toEqual(before);
    await expectNextGoesThrough();
  });
});

describe('a request whose attempt takes too long', () => {
  const cases = PLACES.flatMap(({ onAttemptTimeout, ...place }) =>
    onAttemptTimeout && onAttemptTimeout !== 'not yet' ? [{ ...place, onAttemptTimeout }] : [],
  );
  it.each(cases)(
    '$place ends with $onAttemptTimeout, and the peer is blamed unless it had answered',
    async (place) => {
      const outcome = await place.reach(scene, { signal: scene.abort.signal, attemptTimeoutMs: LIMIT_MS });
      const { failures } = scene.breaker.window;
      await scene.clock.advanceAsync(LIMIT_MS - 1);
      expect(outcome.isPending).toBe(true);
      await scene.clock.advanceAsync(1);
      expectEnded(outcome, place.onAttemptTimeout);
      expect(scene.breaker.window.failures).toBe(failures + (place.isAnswered ? 0 : 1));
      await expectNextGoesThrough();
    },
  );

  it.each(PLACES.filter(({ onAttemptTimeout }) => onAttemptTimeout === 'not yet'))(
    '$place has all of its time still before it',
    async (place) => {
      const outcome = await place.reach(scene, { attemptTimeoutMs: LIMIT_MS });
      await scene.clock.advanceAsync(LIMIT_MS);
      expect(outcome.isPending).toBe(true);
      await scene.serve();
      expect(outcome.value).toMatchObject({ statusCode: 200 });
    },
  );
});
