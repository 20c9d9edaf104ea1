import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const GOLDEN_FILE = join(import.meta.dirname, '../golden/openapi.json');

interface Operation {
  readonly description?: string;
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** A route as OpenAPI describes it. */
export interface DocumentedRoute {
  /** Method and path without `/api/v1`: `POST /campaigns/{id}/runs`. */
  readonly route: string;
  readonly method: string;
  /** With an id of the right kind that is nothing's. */
  readonly path: string;
  readonly role: 'viewer' | 'operator' | 'admin';
  /** Its status when all goes well, and the codes of its problems. */
  readonly answers: readonly (number | string)[];
}

/** Every route of the committed OpenAPI document, which another test holds to the real one. */
export function documentedRoutes(): DocumentedRoute[] {
  const document: Document = JSON.parse(readFileSync(GOLDEN_FILE, 'utf8'));
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, operation]) => routeOf(verb.toUpperCase(), path, operation)),
  );
}

const KINDS: Readonly<Record<string, string>> = {
  targets: 'tgt',
  campaigns: 'cmp',
  runs: 'run',
  schedules: 'sch',
};

function routeOf(method: string, fullPath: string, { description, responses }: Operation): DocumentedRoute {
  const path = fullPath.replace(/^\/api\/v1/, '');
  const [, role] = /Needs the role (operator|admin)/.exec(description ?? '') ?? [];
  return {
    route: `${method} ${path}`,
    method,
    path: path.replace('{id}', `${KINDS[path.split('/')[1] ?? '']}_${'0'.repeat(26)}`),
    role: role === 'operator' || role === 'admin' ? role : 'viewer',
    answers: Object.entries(responses).flatMap(([status, { description: codes }]): (number | string)[] =>
      Number(status) < 400 ? [Number(status)] : codes.split(', '),
    ),
  };
}
