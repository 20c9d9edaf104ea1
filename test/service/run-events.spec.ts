import { expect, it } from 'vitest';
import { expectProblem } from './routes/chapter.ts';
import { allOf, streamed } from './support/event-stream.ts';
import { onEachRedis } from './support/on-each-redis.ts';
import { REDIS_KINDS } from './support/redis-kinds.ts';
import { TestApi } from './support/test-api.ts';
import { makeEndedRun, makeRun } from './support/things.ts';

const MAX_STREAMS = 200;
const LATE = 10;

onEachRedis('the events of a run', {}, (api) => {
  it.concurrent('come live, each with an id and a name, and the stream closes after end', async () => {
    const run = await makeRun(api());
    const events = await allOf(streamed(api(), run.id));
    const states = events.filter(({ event }) => event === 'state').map(({ data }) => data['state']);
    expect(states).toEqual(['preparing', 'baseline', 'running', 'draining', 'recovering', 'completed']);
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { state: 'completed', verdict: 'pass' } });
    expect(events.filter(({ event }) => event === 'end')).toHaveLength(1);
    expect(events.some(({ event }) => event === 'snapshot')).toBe(true);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    for (const { id } of events) expect(id).toMatch(/^\d+-\d+$/);
  });

  it.concurrent('are the same for whoever comes later, and only the rest for whoever comes back', async () => {
    const run = await makeRun(api());
    const events = await allOf(streamed(api(), run.id));
    expect(await allOf(streamed(api(), run.id))).toEqual(events);
    for (const [index, { id: lastEventId }] of events.entries()) {
      expect(await allOf(streamed(api(), run.id, { lastEventId }))).toEqual(events.slice(index + 1));
    }
  });

  it.concurrent('reach two at once, one of whom comes back in the middle', async () => {
    const run = await makeRun(api());
    const whole = allOf(streamed(api(), run.id));
    const seen = [];
    for await (const event of streamed(api(), run.id)) {
      seen.push(event);
      if (event.data['state'] === 'running') break;
    }
    seen.push(...(await allOf(streamed(api(), run.id, { lastEventId: seen.at(-1)?.id }))));
    expect(seen).toEqual(await whole);
  });
});

onEachRedis('a stream of events', { hasWorker: false }, (api) => {
  it('is open at once, before anything has happened', async () => {
    const run = await makeRun(api());
    const controller = new AbortController();
    const { signal } = controller;
    const response = await fetch(`${api().url}/api/v1/runs/${run.id}/events`, { signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    controller.abort();
  });

  it(`is refused to more than ${MAX_STREAMS} at a time, and one that leaves makes room`, async () => {
    const run = await makeRun(api());
    const controllers = Array.from({ length: MAX_STREAMS + LATE }, () => new AbortController());
    // All at once: no two may have the last place.
    const responses = await Promise.all(
      controllers.map(({ signal }) => fetch(`${api().url}/api/v1/runs/${run.id}/events`, { signal })),
    );
    const open = controllers.filter((_, index) => responses[index]?.status === 200);
    expect(open).toHaveLength(MAX_STREAMS);
    expect(responses.filter(({ status }) => status === 503)).toHaveLength(LATE);
    expectProblem(await api().ask('GET', `/runs/${run.id}/events`), 'unavailable');
    open[0]?.abort();
    const ended = await makeEndedRun(api());
    // That the client has left is heard of a moment later.
    await expect
      .poll(async () => (await api().ask('GET', `/runs/${ended.id}/events`)).status, { timeout: 20_000 })
      .toBe(200);
    for (const controller of controllers) controller.abort();
    // Nobody reads them, and `fetch` cancels what nobody holds any more: that would have made room too early.
    expect(responses).toHaveLength(controllers.length);
  });
});

it('a stream ends when the service shuts down, and does not keep it', async () => {
  const kind = REDIS_KINDS.find(({ isAvailable }) => isAvailable);
  if (!kind) throw new Error('no Redis');
  const api = await TestApi.start(kind, { hasWorker: false });
  const run = await makeRun(api);
  const response = await fetch(`${api.url}/api/v1/runs/${run.id}/events`);
  const text = response.text();
  await api[Symbol.asyncDispose]();
  expect((await text).trim()).toBe('');
});
