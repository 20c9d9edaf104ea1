import { type Rng, invalidArgument } from '#libs/kernel';

import { replyError, replyMethodNotAllowed, replyRefusal, replyStatus } from './reply.ts';
import { type Call, ROUTES, answerLater, findRoute } from './routes.ts';
import { type DrawnFaults, drawFaults, parseWeightedFaults } from './weighted-faults.ts';

/** What a request is for. */
export interface RequestTarget {
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
}

/** Takes one request to its route, with the faults that its query asks for. */
export function dispatch(call: Call, { path, query }: RequestTarget, rng: Rng): void {
  const { request, response } = call;
  const found = findRoute(path);
  if (!found) {
    replyError(
      response,
      404,
      `no such route: the target answers ${ROUTES.map(({ path }) => path).join(', ')}`,
    );
    return;
  }
  const { route, numberText } = found;
  if (route.allow !== undefined && !route.allow.split(', ').includes(request.method ?? '')) {
    replyMethodNotAllowed(response, route.path, route.allow);
    return;
  }
  let number = 0;
  let faults: DrawnFaults;
  try {
    if (route.range) number = readNumber(route.path, numberText, route.range);
    faults = drawFaults(parseWeightedFaults(query), rng);
  } catch (error) {
    replyRefusal(response, error);
    return;
  }
  const { delayMs, statusCode } = faults;
  const finish = (): void => {
    if (statusCode === undefined) route.answer(call, number);
    else replyStatus(response, statusCode);
  };
  if (delayMs > 0) answerLater(call, delayMs, finish);
  else finish();
}

/** Path and query of a request target: in origin form as it is, in absolute form without scheme and authority. */
export function splitTarget(target: string): RequestTarget {
  // RFC 9112, section 3.2.2: a server must accept the absolute form.
  const url = target.startsWith('/') ? null : URL.parse(target);
  const originForm = url ? url.pathname + url.search : target;
  const mark = originForm.indexOf('?');
  if (mark < 0) return { path: originForm, query: '' };
  return { path: originForm.slice(0, mark), query: originForm.slice(mark + 1) };
}

function readNumber(
  routePath: string,
  text: string,
  range: { readonly min: number; readonly max: number },
): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (number >= range.min && number <= range.max) return number;
  const field = routePath.slice(routePath.lastIndexOf('/') + 1);
  throw invalidArgument(`${field} in ${routePath}`, text, `an integer from ${range.min} to ${range.max}`);
}
