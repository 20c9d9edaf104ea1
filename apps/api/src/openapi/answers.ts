import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { PROBLEMS, problem, type ProblemCode } from '#libs/contracts';

/** How a route answers, for OpenAPI. */
export interface Answers {
  /** One line: what it does. */
  readonly summary: string;
  readonly status: 200 | 201 | 202 | 204;
  /** Of the body; a text with its content types, or nothing. */
  readonly body?: object | { readonly contentTypes: readonly string[] } | undefined;
  /** Whether `Location` says where to look. */
  readonly location?: boolean;
  /** Why it may refuse, besides what every route may. */
  readonly problems?: readonly ProblemCode[];
}

/** May happen on any route with a token. */
const ANYWHERE: readonly ProblemCode[] = ['unauthorized', 'forbidden', 'internal', 'unavailable'];

/** Describes a route. The codes of its problems stand in the description of their status. */
export function Answers({ summary, status, body, location, problems = [] }: Answers): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiResponse({ status, description: 'Done.', ...bodyOf(body), ...headersOf(location) }),
    ...responsesOf([...problems, ...ANYWHERE]),
  );
}

/** A route that may be asked for twice with the same key. */
export function Idempotent(): MethodDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key and body within 24 hours get the same answer, and nothing is done twice.',
    schema: { type: 'string', maxLength: 200 },
  });
}

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
