import { describe, expect, it } from 'vitest';
import { ROLES, allows } from '#libs/service';
import { NOT_SIGNED_IN, SIGNED_IN } from './routes/access.ts';
import { prove } from './routes/chapter.ts';
import { onEachRedis } from './support/on-each-redis.ts';
import { documentedRoutes } from './support/open-api.ts';
import { TOKENS } from './support/test-api.ts';

prove(SIGNED_IN);
prove(NOT_SIGNED_IN);

onEachRedis('a role', { hasTokens: true, hasWorker: false }, (api) => {
  const table = documentedRoutes().flatMap((documented) =>
    ROLES.filter((role) => allows(role, documented.role)).map((role) => ({ ...documented, role })),
  );

  it.each(table)('$role gets past the door of $route', async ({ method, path, role }) => {
    const { status } = await api().ask(method, path, {
      headers: { authorization: `Bearer ${TOKENS[role]}` },
    });
    expect([401, 403]).not.toContain(status);
  });
});

describe('the routes', () => {
  it('that change anything ask for more than a viewer', () => {
    const open = documentedRoutes().filter(({ method, role }) => method !== 'GET' && role === 'viewer');
    expect(open).toEqual([]);
  });
});
