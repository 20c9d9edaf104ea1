import { afterEach, expect, it } from 'vitest';
import { allOf, streamed, type StreamedEvent } from './support/event-stream.ts';
import { onEachRedis } from './support/on-each-redis.ts';
import type { TestApi } from './support/test-api.ts';
import { makeCampaign, makeRun, openScenario } from './support/things.ts';

/** So long that no test sees its end. */
const LONG = { scenarios: [openScenario('10m', '20/s')] };

async function until(events: AsyncIterator<StreamedEvent>, state: string): Promise<void> {
  for (;;) {
    const { done, value } = await events.next();
    if (done === true) throw new Error(`the stream ended before ${state}`);
    if (value.data['state'] === state) return;
  }
}

/** A run that sends. */
async function makeRunning(api: TestApi): Promise<{ id: string; rest: AsyncGenerator<StreamedEvent> }> {
  const { id } = await makeRun(api, LONG);
  const rest = streamed(api, id);
  await until(rest, 'running');
  return { id, rest };
}

const setLever = (api: TestApi, state: string) =>
  api.ask('PUT', '/safety-lever', { body: { state, reason: 'smoke in the hall' } });

onEachRedis('a run under way', {}, (api) => {
  it.concurrent.each(['graceful', 'now'])(
    'ends soon when it is asked to, %s, and proves nothing',
    async (mode) => {
      const { id, rest } = await makeRunning(api());
      const answer = await api().ask('POST', `/runs/${id}/abort`, { body: { mode, reason: 'enough' } });
      expect(answer.headers['location']).toBe(`/api/v1/runs/${id}`);
      const states = (await allOf(rest)).flatMap(({ data }) => data['state'] ?? []);
      expect(states).toContain('recovering');
      expect(states.slice(-2)).toEqual(['aborted', 'aborted']);
      const { body } = await api().ask('GET', `/runs/${id}`);
      expect(body).toMatchObject({ state: 'aborted', abortedBy: 'user', verdict: 'inconclusive' });
      expect(api().world.removed).toContain(id);
    },
  );

  it.concurrent('ends for the reason of who asked first, however often it is asked', async () => {
    const { id, rest } = await makeRunning(api());
    for (const reason of ['first', 'second']) {
      const { status } = await api().ask('POST', `/runs/${id}/abort`, { body: { reason, mode: 'now' } });
      expect(status).toBe(202);
    }
    const events = await allOf(rest);
    expect(events.at(-2)?.data).toMatchObject({ state: 'aborted', detail: 'by user: first' });
    const ended = await api().ask('GET', `/runs/${id}`);
    expect((await api().ask('POST', `/runs/${id}/abort`)).body).toEqual(ended.body);
  });
});

onEachRedis('the engaged lever', {}, (api) => {
  afterEach(async () => {
    await setLever(api(), 'disengaged');
  });

  it('aborts every run and refuses new ones until it is disengaged', async () => {
    const running = [await makeRunning(api()), await makeRunning(api())];
    const { body: lever } = await setLever(api(), 'engaged');
    expect(lever).toMatchObject({ state: 'engaged', reason: 'smoke in the hall', changedBy: 'local' });
    for (const { id, rest } of running) {
      await allOf(rest);
      const { body } = await api().ask('GET', `/runs/${id}`);
      expect(body).toMatchObject({ state: 'aborted', abortedBy: 'lever', verdict: 'inconclusive' });
    }
    const { id } = await makeCampaign(api());
    expect((await api().ask('POST', `/campaigns/${id}/runs`)).body.code).toBe('lever_engaged');
    await setLever(api(), 'disengaged');
    expect((await api().ask('POST', `/campaigns/${id}/runs`)).status).toBe(202);
  });

  it('lets a dry run make its whole plan, with the digest of the real one, and send nothing', async () => {
    const { id } = await makeCampaign(api());
    const real = await api().ask('POST', `/campaigns/${id}/runs`);
    await allOf(streamed(api(), real.body.id));
    const sentBefore = api().world.sent.length;
    await setLever(api(), 'engaged');
    const dry = await api().ask('POST', `/campaigns/${id}/runs`, { body: { dryRun: true } });
    const states = (await allOf(streamed(api(), dry.body.id))).map(({ data }) => data['state']);
    expect(states).toEqual(['preparing', 'completed', 'completed']);
    const { body } = await api().ask('GET', `/runs/${dry.body.id}`);
    expect(body).toMatchObject({ dryRun: true, verdict: 'inconclusive', digest: real.body.digest });
    expect(body).toMatchObject({ summary: { requests: 0 }, plan: real.body.plan });
    expect(api().world.sent).toHaveLength(sentBefore);
  });
});
