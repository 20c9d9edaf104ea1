import { HttpCode, UseInterceptors, applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { PROBLEMS, problem, type ProblemCode } from '#libs/contracts';
import type { Role } from '#libs/service';
import { Requires } from '../access/requires.ts';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.ts';

/** How a route answers, and whom. */
export interface Answers {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Who may ask. Default: viewers, and so everybody with a token. */
  readonly role?: Exclude<Role, 'viewer'>;
  /** One line: what it does. */
  readonly summary: string;
  readonly status: 200 | 201 | 202 | 204;
  /** Of the body; a text with its content types, or nothing. */
  readonly body?: object | { readonly contentTypes: readonly string[] } | undefined;
  /** Whether `Location` says where to look. */
  readonly location?: boolean;
  /** Why it may refuse, besides what all routes with its method and role may. */
  readonly problems?: readonly ProblemCode[];
}

const ANYWHERE: readonly ProblemCode[] = ['unauthorized', 'foreign_request', 'internal', 'unavailable'];
const OF_BODIES: readonly ProblemCode[] = ['not_json', 'too_large', 'invalid_request'];
const OF_METHOD: Readonly<Record<Answers['method'], readonly ProblemCode[]>> = {
  GET: [],
  DELETE: [],
  PUT: OF_BODIES,
  POST: [...OF_BODIES, 'idempotency_key_reused', 'idempotency_key_busy'],
};

/**
 * Says once how a route answers, for the route itself and for OpenAPI. The codes of its problems stand in the
 * description of their status. Every POST may come with an `Idempotency-Key`.
 */
export function Answers(route: Answers): MethodDecorator {
  const { method, role = 'viewer', summary, status, body, location, problems = [] } = route;
  const ofRole: readonly ProblemCode[] = role === 'viewer' ? [] : ['forbidden'];
  const codes = new Set([...problems, ...OF_METHOD[method], ...ofRole, ...ANYWHERE]);
  return applyDecorators(
    HttpCode(status),
    Requires(role),
    ApiOperation({ summary, ...(role !== 'viewer' && { description: `Needs the role ${role}.` }) }),
    ApiResponse({ status, description: 'Done.', ...bodyOf(body), ...headersOf(location) }),
    ...responsesOf([...codes]),
    ...(method === 'POST' ? [UseInterceptors(IdempotencyInterceptor), ApiHeader(IDEMPOTENCY_KEY)] : []),
  );
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'The same key and body within 24 hours get the same answer, and nothing is done twice.',
  schema: { type: 'string', maxLength: 200 },
} as const;

function bodyOf(body: Answers['body']): object {
  if (body === undefined) return {};
  if (!('contentTypes' in body)) return { standardSchema: body };
  const content = body.contentTypes.map((type) => [type, { schema: { type: 'string' } }] as const);
  return { content: Object.fromEntries(content) };
}

function headersOf(location = false): object {
  return location
    ? { headers: { Location: { description: 'Where it is.', schema: { type: 'string' } } } }
    : {};
}

function responsesOf(codes: readonly ProblemCode[]): MethodDecorator[] {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return [...byStatus].map(([status, sameStatus]) =>
    ApiResponse({ status, description: sameStatus.join(', '), ...problemBody }),
  );
}

const problemBody = { standardSchema: problem };
