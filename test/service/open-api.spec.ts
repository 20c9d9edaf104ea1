import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOT_SIGNED_IN, SIGNED_IN } from './routes/access.ts';
import { BODIES } from './routes/bodies.ts';
import { CAMPAIGNS } from './routes/campaigns.ts';
import { INTERNAL, UNAVAILABLE } from './routes/failures.ts';
import { RUNS } from './routes/runs.ts';
import { SAFETY_LEVER } from './routes/safety-lever.ts';
import { SCHEDULES } from './routes/schedules.ts';
import { TARGETS } from './routes/targets.ts';
import { GOLDEN_FILE, documentedRoutes } from './support/open-api.ts';
import { REDIS_KINDS } from './support/redis-kinds.ts';
import { TestApi } from './support/test-api.ts';

const CHAPTERS = [
  TARGETS,
  CAMPAIGNS,
  RUNS,
  SCHEDULES,
  SAFETY_LEVER,
  BODIES,
  SIGNED_IN,
  NOT_SIGNED_IN,
  INTERNAL,
  UNAVAILABLE,
];

describe('the OpenAPI document', () => {
  let api: TestApi;
  const kind = REDIS_KINDS.find(({ isAvailable }) => isAvailable);
  beforeAll(async () => {
    if (kind) api = await TestApi.start(kind, { hasWorker: false });
  });
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
  });

  // Renew it with: RENEW_GOLDEN=1 node tools/with-node.mjs npx vitest run test/service/open-api.spec.ts
  it('is the golden one', async () => {
    const { body } = await api.ask('GET', '/openapi.json');
    if (process.env['RENEW_GOLDEN'] === '1') await writeFile(GOLDEN_FILE, JSON.stringify(body, undefined, 2));
    expect(body).toEqual(JSON.parse(await readFile(GOLDEN_FILE, 'utf8')));
  });

  it('is a page for people too, with all that the page needs', async () => {
    const page = await fetch(`${api.url}/docs`);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const scripts = [...(await page.text()).matchAll(/src="\.\/([^"]+\.js)"/g)].map(([, script]) => script);
    expect(scripts).toContain('docs/swagger-ui-bundle.js');
    for (const script of scripts) {
      const answer = await fetch(`${api.url}/${script}`, { method: 'HEAD' });
      expect(answer.headers.get('content-type'), script).toMatch(/javascript/);
    }
  });
});

describe('the cases of the routes', () => {
  const documented = documentedRoutes().flatMap(({ route, answers }) =>
    answers.map((answer) => `${route} ${answer}`),
  );
  const proven = CHAPTERS.flatMap(({ cases }) => cases.map(({ route, answers }) => `${route} ${answers}`));

  it('leave out no answer that OpenAPI has', () => {
    expect(documented.filter((answer) => !proven.includes(answer))).toEqual([]);
  });

  it('know no answer that OpenAPI has not', () => {
    expect(proven.filter((answer) => !documented.includes(answer))).toEqual([]);
  });
});
