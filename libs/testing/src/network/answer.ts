import type { Rng } from '#libs/kernel';

/** How a server says where its answer ends. */
export const FRAMINGS = ['length', 'chunked', 'until-close', 'http-1.0', 'http-1.0-keep-alive'] as const;
export type AnswerFraming = (typeof FRAMINGS)[number];

/** What a server answers. Text is latin1. */
export interface Answer {
  readonly statusCode: number;
  /** Each with its line end. */
  readonly fields?: string | undefined;
  readonly body: string;
  readonly framing: AnswerFraming;
  /** Whether it answers a HEAD: the fields of the framing without the body. */
  readonly toHead?: boolean | undefined;
  /** Each with its line end; goes out where the framing is chunked. */
  readonly trailers?: string | undefined;
}

/** The bytes of an answer. Sizes of chunks are drawn. */
export function renderAnswer(answer: Answer, rng: Rng): string {
  const { statusCode, fields = '', body, framing, toHead = false } = answer;
  const version = framing.startsWith('http-1.0') ? '1.0' : '1.1';
  const head = `HTTP/${version} ${statusCode} Text\r\n${fields}${framingFields(framing, body)}\r\n`;
  const hasBody = !toHead && statusCode !== 204 && statusCode !== 304;
  if (!hasBody) return head;
  return head + (framing === 'chunked' ? chunked(body, answer.trailers ?? '', rng) : body);
}

function framingFields(framing: AnswerFraming, body: string): string {
  if (framing === 'chunked') return 'Transfer-Encoding: chunked\r\n';
  if (framing === 'length') return `Content-Length: ${body.length}\r\n`;
  if (framing === 'http-1.0-keep-alive')
    return `Connection: keep-alive\r\nContent-Length: ${body.length}\r\n`;
  return framing === 'until-close' ? 'Connection: close\r\n' : '';
}

function chunked(body: string, trailers: string, rng: Rng): string {
  let text = '';
  for (let start = 0; start < body.length;) {
    const size = 1 + Math.floor(rng.next() * (body.length - start));
    const extension = rng.next() < 0.1 ? ';note="a;b"' : '';
    text += `${size.toString(16)}${extension}\r\n${body.slice(start, start + size)}\r\n`;
    start += size;
  }
  return `${text}0\r\n${trailers}\r\n`;
}
