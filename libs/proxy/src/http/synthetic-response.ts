import { STATUS_CODES } from 'node:http';

/** Statuses without content: RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5. */
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([204, 205, 304]);

/** A response that no upstream gave. It says so in its body and in `X-Pooler-Fault`. */
export function syntheticResponse(
  statusCode: number,
  { method, toxic, isLast }: { method: string; toxic: string; isLast: boolean },
): Buffer {
  const body = WITHOUT_CONTENT.has(statusCode)
    ? ''
    : `${JSON.stringify({ fault: toxic, status: statusCode })}\n`;
  const lines = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? 'Fault'}`,
    'Content-Type: application/json',
    `X-Pooler-Fault: ${encodeURIComponent(toxic)}`,
    ...(statusCode === 204 || statusCode === 304 ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...(isLast ? ['Connection: close'] : []),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`);
}
