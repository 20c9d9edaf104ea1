import { expect, it } from 'vitest';
import { expectProblem } from './routes/chapter.ts';
import { onEachRedis } from './support/on-each-redis.ts';
import { TOKENS, type Answer, type TestApi } from './support/test-api.ts';
import { makeCampaign, makeSchedule, targetDocument } from './support/things.ts';

const DAY_MS = 24 * 3_600_000;

const withKey = (key: string): { headers: Record<string, string> } => ({
  headers: { 'idempotency-key': key },
});

function essenceOf({ status, headers, body }: Answer): object {
  return { status, location: headers['location'], body };
}

async function countOf(api: TestApi, path: string): Promise<number> {
  return (await api.ask('GET', `${path}?limit=200`)).body.items.length;
}

onEachRedis('an Idempotency-Key', { hasWorker: false }, (api) => {
  it('gives the second request the answer of the first, and makes nothing twice', async () => {
    const { id } = await makeCampaign(api());
    const posts = [
      ['/targets', targetDocument(api())],
      ['/campaigns', (({ id: _, version: __, createdAt: ___, ...rest }) => rest)(await makeCampaign(api()))],
      [`/campaigns/${id}/runs`, { seed: 3 }],
      ['/schedules', { name: 'a', campaign: id, cron: '0 0 29 2 *', timeZone: 'UTC' }],
    ] as const;
    for (const [path, body] of posts) {
      const before = await countOf(api(), path);
      const first = await api().ask('POST', path, { body, ...withKey(path) });
      const second = await api().ask('POST', path, { body, ...withKey(path) });
      expect(first.headers['location'], path).toMatch(new RegExp(`^/api/v1/.+/${first.body.id}$`));
      expect(essenceOf(second)).toEqual(essenceOf(first));
      expect(await countOf(api(), path)).toBe(before + 1);
    }
  });

  it('fires a schedule once, however often its trigger is asked for', async () => {
    const { id } = await makeSchedule(api());
    const first = await api().ask('POST', `/schedules/${id}/trigger`, withKey('now'));
    const second = await api().ask('POST', `/schedules/${id}/trigger`, withKey('now'));
    expect(essenceOf(second)).toEqual(essenceOf(first));
    expect((await api().ask('GET', `/schedules/${id}`)).body.firings).toEqual([first.body]);
  });

  it('takes a body for the same whatever the order of its fields', async () => {
    const body = targetDocument(api());
    const first = await api().ask('POST', '/targets', { body, ...withKey('order') });
    const reversed = Object.fromEntries(Object.entries(body).toReversed());
    const second = await api().ask('POST', '/targets', { body: reversed, ...withKey('order') });
    expect(essenceOf(second)).toEqual(essenceOf(first));
  });

  it('is free again when the first request failed, whatever refused it', async () => {
    const body = targetDocument(api());
    const refusals = [
      { ...body, maxRate: 'fast' },
      { ...body, baseUrl: 'http://169.254.169.254' },
    ];
    for (const refused of refusals) {
      expect((await api().ask('POST', '/targets', { body: refused, ...withKey('again') })).status).toBe(422);
    }
    expect((await api().ask('POST', '/targets', { body, ...withKey('again') })).status).toBe(201);
  });

  it('lets one of two through that come at once', async () => {
    const body = targetDocument(api());
    const ask = (): Promise<Answer> => api().ask('POST', '/targets', { body, ...withKey('at once') });
    const [first, second] = (await Promise.all([ask(), ask()])).toSorted((a, b) => a.status - b.status);
    expect(first?.status).toBe(201);
    // The other one came while the first was under way, or just after it.
    expect([first?.body.id, 'idempotency_key_busy']).toContain(second?.body.id ?? second?.body.code);
    expect((await ask()).body).toEqual(first?.body);
  });

  it('belongs to its path', async () => {
    const { id } = await makeSchedule(api());
    const suspended = await api().ask('POST', `/schedules/${id}/suspend`, withKey('path'));
    const resumed = await api().ask('POST', `/schedules/${id}/resume`, withKey('path'));
    expect([suspended.body.suspended, resumed.body.suspended]).toEqual([true, false]);
  });

  it('is kept for a day, and a minute while its request is under way', async () => {
    const { redis } = api().service;
    const ttls = async (): Promise<number[]> => {
      const keys = (await redis.keys('pooler:idempotency:*')).map((key) => key.slice('pooler:'.length));
      return (await Promise.all(keys.map((key) => redis.pttl(key)))).toSorted((a, b) => a - b);
    };
    expect((await ttls())[0]).toBeGreaterThan(DAY_MS - 3_600_000);
    await api().service.idempotencyKeys.use('somebody', 'held', {});
    const [held] = await ttls();
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual(60_000);
  });
});

onEachRedis('an Idempotency-Key of one token', { hasTokens: true, hasWorker: false }, (api) => {
  it('says nothing to another', async () => {
    const { id } = await makeCampaign(api());
    const ask = (token: string, body: object): Promise<Answer> =>
      api().ask('POST', `/campaigns/${id}/runs`, {
        body,
        headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'mine' },
      });
    const mine = await ask(TOKENS.operator, { seed: 1 });
    const theirs = await ask(TOKENS.admin, { seed: 2 });
    expect([mine.body.seed, theirs.body.seed]).toEqual([1, 2]);
    expectProblem(await ask(TOKENS.viewer, { seed: 1 }), 'forbidden');
  });
});
