import { expect, it } from 'vitest';
import type { Firing, Schedule } from '#libs/contracts';
import { onEachRedis } from './support/on-each-redis.ts';
import type { TestApi } from './support/test-api.ts';
import { makeCampaign, makeSchedule, openScenario } from './support/things.ts';

const EVERY_SECOND = '* * * * * *';

/** Where the runs of a schedule are so long that they are still there when it fires again. */
async function makeLongSchedule(api: TestApi, concurrencyPolicy: Schedule['concurrencyPolicy']) {
  const { id } = await makeCampaign(api, { scenarios: [openScenario('10m', '20/s')] });
  return makeSchedule(api, { campaign: id, concurrencyPolicy });
}

async function trigger(api: TestApi, { id }: Schedule): Promise<Firing> {
  return (await api.ask('POST', `/schedules/${id}/trigger`)).body;
}

async function firingsOf(api: TestApi, { id }: Schedule): Promise<Firing[]> {
  return (await api.ask('GET', `/schedules/${id}`)).body.firings;
}

async function stateOf(api: TestApi, runId: string | undefined): Promise<string> {
  return (await api.ask('GET', `/runs/${runId}`)).body.state;
}

onEachRedis('a schedule', {}, (api) => {
  it('fires at its instant, through the queue, and starts a run that says so', async () => {
    const schedule = await makeSchedule(api(), { cron: EVERY_SECOND, concurrencyPolicy: 'Allow' });
    await expect.poll(() => firingsOf(api(), schedule), { timeout: 20_000 }).not.toEqual([]);
    await api().ask('POST', `/schedules/${schedule.id}/suspend`);
    const first = (await firingsOf(api(), schedule)).at(-1);
    expect(first).toMatchObject({ runId: expect.stringMatching(/^run_/) });
    // By the second, as its cron says, and not by whenever a worker came to it.
    expect(Date.parse(first?.at ?? '') % 1_000).toBe(0);
    const { body: run } = await api().ask('GET', `/runs/${first?.runId}`);
    expect(run).toMatchObject({ scheduleId: schedule.id, campaignId: schedule.campaign });
    await expect.poll(() => stateOf(api(), first?.runId), { timeout: 20_000 }).toBe('completed');
  });

  it('is planned in the queue until it is suspended or removed, and again when it is resumed', async () => {
    const { queues } = api().service;
    const { id } = await makeSchedule(api());
    expect(await queues.planned()).toContain(id);
    await api().ask('POST', `/schedules/${id}/suspend`);
    expect(await queues.planned()).not.toContain(id);
    await api().ask('POST', `/schedules/${id}/resume`);
    expect(await queues.planned()).toContain(id);
    await api().ask('DELETE', `/schedules/${id}`);
    expect(await queues.planned()).not.toContain(id);
  });

  it('that is suspended does not fire, should its job be there already', async () => {
    const schedule = await makeSchedule(api());
    await api().ask('POST', `/schedules/${schedule.id}/suspend`);
    await api().service.scheduleService.onDue(schedule.id, Date.now());
    expect(await firingsOf(api(), schedule)).toEqual([]);
  });

  it('fires once for an instant, should its job be done twice', async () => {
    const schedule = await makeLongSchedule(api(), 'Allow');
    const dueAtMs = Date.UTC(2026, 0, 1);
    for (let time = 0; time < 2; time += 1) await api().service.scheduleService.onDue(schedule.id, dueAtMs);
    expect((await firingsOf(api(), schedule)).map(({ at }) => at)).toEqual(['2026-01-01T00:00:00.000Z']);
  });

  it('that forbids a second run skips it', async () => {
    const schedule = await makeLongSchedule(api(), 'Forbid');
    const first = await trigger(api(), schedule);
    expect(await trigger(api(), schedule)).toMatchObject({ skipped: 'conflict_running' });
    expect(await firingsOf(api(), schedule)).toMatchObject([{ skipped: 'conflict_running' }, first]);
  });

  it('that replaces ends the run before it begins the next', async () => {
    const schedule = await makeLongSchedule(api(), 'Replace');
    const first = await trigger(api(), schedule);
    const second = await trigger(api(), schedule);
    expect(second.runId).toMatch(/^run_/);
    expect(await stateOf(api(), first.runId)).toBe('aborted');
    expect((await api().ask('GET', `/runs/${first.runId}/report`)).body.verdict).toBe('inconclusive');
  });

  it('that allows it has two runs at a time', async () => {
    const schedule = await makeLongSchedule(api(), 'Allow');
    const runs = [await trigger(api(), schedule), await trigger(api(), schedule)];
    const active = await api().service.runs.active();
    expect(active).toEqual(expect.arrayContaining(runs.map(({ runId }) => runId)));
  });

  it('that fires while the lever is engaged is skipped, and not made up for', async () => {
    const schedule = await makeSchedule(api());
    const lever = { reason: 'a test' };
    await api().ask('PUT', '/safety-lever', { body: { ...lever, state: 'engaged' } });
    await api().service.scheduleService.onDue(schedule.id, Date.UTC(2026, 0, 1));
    await api().ask('PUT', '/safety-lever', { body: { ...lever, state: 'disengaged' } });
    expect(await firingsOf(api(), schedule)).toEqual([
      { at: '2026-01-01T00:00:00.000Z', skipped: 'lever_engaged' },
    ]);
  });

  it('shows its latest 20 firings', async () => {
    const schedule = await makeLongSchedule(api(), 'Forbid');
    for (let day = 1; day <= 21; day += 1) {
      await api().service.scheduleService.onDue(schedule.id, Date.UTC(2026, 0, day));
    }
    const firings = await firingsOf(api(), schedule);
    expect(firings.map(({ at }) => Number(at.slice(8, 10)))).toEqual(
      Array.from({ length: 20 }, (_, index) => 21 - index),
    );
  });
});

onEachRedis('what the queue has planned', { hasWorker: false }, (api) => {
  it('is what the schedules say, after a look, whoever ended between the one write and the other', async () => {
    const { queues, scheduleService } = api().service;
    const [forgotten, suspended, removed] = await Promise.all([1, 2, 3].map(() => makeSchedule(api())));
    await scheduleService.suspend(suspended?.id ?? '');
    await scheduleService.remove(removed?.id ?? '');
    await queues.unplan(forgotten?.id ?? '');
    for (const orphan of [suspended, removed]) if (orphan) await queues.plan(orphan);
    await scheduleService.reconcile();
    expect(await queues.planned()).toEqual([forgotten?.id]);
  });
});
