import type { ErrorCode } from '#libs/kernel';
import type { BodySender } from './body-sender.ts';
import type { Exchange } from './exchange.ts';
import type { ResolvedPoolOptions } from './options.ts';

/** How far a response had come, for a sentence. */
export function progressOf(exchange: Exchange): string {
  if (exchange.responseBytesRead === 0) return 'before any byte of the response';
  return `after ${exchange.responseBytesRead} bytes of the response`;
}

/** Which of its limits an exchange has reached at `nowMs`, and the sentence about it. */
export function timeoutOf(
  exchange: Exchange,
  nowMs: number,
  options: ResolvedPoolOptions,
  sender: BodySender | undefined,
): [ErrorCode, string] {
  const { request } = exchange;
  if (nowMs >= request.deadlineAtMs) return ['PLR_DEADLINE', 'the deadline passed'];
  if (nowMs >= exchange.hardDueAtMs) {
    return ['PLR_ATTEMPT_TIMEOUT', `the attempt was not complete within ${request.attemptTimeoutMs} ms`];
  }
  if (sender?.waitsFor === 'source') {
    return ['PLR_BODY_SOURCE', `the source of the request body gave nothing for ${options.bodyTimeoutMs} ms`];
  }
  if (sender?.waitsFor === 'peer') {
    return ['PLR_BODY_TIMEOUT', `the peer took no byte of the request body for ${options.bodyTimeoutMs} ms`];
  }
  if (exchange.statusCode === 0) {
    return ['PLR_HEADERS_TIMEOUT', `no response head within ${options.headersTimeoutMs} ms`];
  }
  return ['PLR_BODY_TIMEOUT', `no byte of the body for ${options.bodyTimeoutMs} ms`];
}
