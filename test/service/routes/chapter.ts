import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBLEMS, problem, type ProblemCode } from '#libs/contracts';
import { REDIS_KINDS, type RedisKind } from '../support/redis-kinds.ts';
import type { Answer, TestApi } from '../support/test-api.ts';

/** One way in which a route answers. */
export interface RouteCase {
  /** Method and path as in OpenAPI, without `/api/v1`: `POST /campaigns/{id}/runs`. */
  readonly route: string;
  /** The status where it goes well, else the code of the problem. */
  readonly answers: number | ProblemCode;
  readonly when: string;
  /** The answer of the route; what has to be there before it makes itself. */
  readonly ask: (api: TestApi) => Promise<Answer>;
  /** The schema of the body where it goes well. */
  readonly body?: { readonly parse: (value: unknown) => unknown };
}

/** Cases that share an api. */
export interface Chapter {
  readonly title: string;
  readonly start: (kind: RedisKind) => Promise<TestApi>;
  readonly cases: readonly RouteCase[];
  /** Whether they may be asked side by side. Default false. */
  readonly isConcurrent?: boolean;
}

/** Holds every case to its word, on both kinds of Redis. */
export function prove({ title, start, cases, isConcurrent = false }: Chapter): void {
  describe.each(REDIS_KINDS)(`${title}, on $name`, (kind) => {
    describe.skipIf(!kind.isAvailable)('each route', { concurrent: isConcurrent }, () => {
      let api: TestApi;
      beforeAll(async () => {
        api = await start(kind);
      });
      afterAll(async () => {
        await api[Symbol.asyncDispose]();
      });

      it.each(cases)('$route answers $answers $when', async ({ route, answers, ask, body }) => {
        const answer = await ask(api);
        expect(`${answer.method} ${answer.path}`).toMatch(patternOf(route));
        if (typeof answers === 'number') expectSuccess(answer, answers, body);
        else expectProblem(answer, answers);
      });
    });
  });
}

function expectSuccess(answer: Answer, status: number, schema: RouteCase['body']): void {
  expect(answer.status, answer.text).toBe(status);
  if (schema) schema.parse(answer.body);
  expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
  expect(answer.headers['cache-control']).toContain('no-store');
}

/** A problem says the same in its status line, its fields and its media type. */
export function expectProblem(answer: Answer, code: ProblemCode): void {
  const { status, title } = PROBLEMS[code];
  expect(answer.body, answer.text).toMatchObject({ code, status, title, type: `urn:pooler:problem:${code}` });
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  problem.parse(answer.body);
}

function patternOf(route: string): RegExp {
  const escaped = route.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replace('{id}', '[^/]+');
  return new RegExp(`^${escaped}$`);
}
