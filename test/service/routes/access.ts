import { ROLES } from '#libs/service';
import { documentedRoutes, type DocumentedRoute } from '../support/open-api.ts';
import { TOKENS, TestApi } from '../support/test-api.ts';
import type { Chapter, RouteCase } from './chapter.ts';

const ROUTES = documentedRoutes();

export const SIGNED_IN: Chapter = {
  title: 'with tokens',
  start: (kind) => TestApi.start(kind, { hasTokens: true, hasWorker: false }),
  cases: ROUTES.flatMap((documented): RouteCase[] => [
    refused(documented, 'unauthorized', 'without a token', {}),
    refused(documented, 'unauthorized', 'to a token that nobody has', { authorization: 'Bearer guess' }),
    refused(documented, 'unauthorized', 'to another scheme', { authorization: `Basic ${TOKENS.admin}` }),
    ...ROLES.slice(0, ROLES.indexOf(documented.role)).map((role) =>
      refused(documented, 'forbidden', `to the role ${role}`, { authorization: `Bearer ${TOKENS[role]}` }),
    ),
  ]),
};

export const NOT_SIGNED_IN: Chapter = {
  title: 'without tokens',
  start: (kind) => TestApi.start(kind, { hasWorker: false }),
  cases: ROUTES.flatMap((documented) => [
    refused(documented, 'foreign_request', 'to a foreign Host', { host: 'evil.example' }),
    refused(documented, 'foreign_request', 'to a foreign Origin', { origin: 'http://evil.example' }),
    refused(documented, 'foreign_request', 'to an opaque Origin', { origin: 'null' }),
  ]),
};

function refused(
  { route, method, path }: DocumentedRoute,
  answers: 'unauthorized' | 'forbidden' | 'foreign_request',
  when: string,
  headers: Readonly<Record<string, string>>,
): RouteCase {
  return { route, answers, when, ask: (api) => api.ask(method, path, { headers }) };
}
