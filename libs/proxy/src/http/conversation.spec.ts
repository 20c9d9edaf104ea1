import { describe, expect, it } from 'vitest';
import type { Step } from '../link/step.ts';
import { Conversation, type HttpStrike, type NumberedRequest } from './conversation.ts';
import type { HttpVerdict } from './http-verdict.ts';

const GET = 'GET /a HTTP/1.1\r\n\r\n';
const POST = 'POST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const STATUS: HttpVerdict = { kind: 'status', statusCode: 503 };

/** A conversation whose toxics strike the requests with these numbers. */
function converse(strikes: {
  upstream?: Record<number, HttpVerdict[]>;
  downstream?: Record<number, HttpVerdict[]>;
}) {
  let count = 0;
  const judge = (direction: 'upstream' | 'downstream', { number }: NumberedRequest): HttpStrike[] =>
    (strikes[direction]?.[number] ?? []).map((verdict) => ({ toxic: 't', verdict }));
  const conversation = new Conversation(judge, () => count++, true);
  return {
    ask: (text: string, nowMs = 0) => shown(conversation.requests.onBytes(Buffer.from(text), nowMs)),
    respond: (text: string, nowMs = 0) => shown(conversation.responses.onBytes(Buffer.from(text), nowMs)),
  };
}

/** Steps as text: `bytes@0 GET /a`, only the first line of each. */
function shown(steps: readonly Step[]): string[] {
  return steps.map((step) => {
    const what = step.kind === 'end' ? step.ending : step.bytes.toString().split('\r\n', 1)[0];
    return `${step.kind}@${step.dueAtMs} ${what}`;
  });
}

describe('a conversation', () => {
  it('passes what no toxic strikes', () => {
    const { ask, respond } = converse({});
    expect(ask(GET)).toEqual(['bytes@0 GET /a HTTP/1.1']);
    expect(respond(OK)).toEqual(['bytes@0 HTTP/1.1 200 OK', 'bytes@0 ok']);
  });

  it('answers a struck request when it is complete, and the upstream never sees it', () => {
    const { ask } = converse({ upstream: { 0: [STATUS] } });
    expect(ask(POST.slice(0, -1))).toEqual([]);
    expect(ask(POST.slice(-1))).toEqual(['answer@0 HTTP/1.1 503 Service Unavailable']);
    expect(ask(GET)).toEqual(['bytes@0 GET /a HTTP/1.1']);
  });

  it('gives an answer in its turn when requests are pipelined', () => {
    const { ask, respond } = converse({ upstream: { 1: [STATUS] } });
    expect(ask(GET + GET + GET)).toEqual(['bytes@0 GET /a HTTP/1.1', 'bytes@0 GET /a HTTP/1.1']);
    expect(respond(OK)).toEqual([
      'bytes@0 HTTP/1.1 200 OK',
      'bytes@0 ok',
      'bytes@0 HTTP/1.1 503 Service Unavailable',
    ]);
    expect(respond(OK)).toEqual(['bytes@0 HTTP/1.1 200 OK', 'bytes@0 ok']);
  });

  it('replaces a response that the upstream gave, and only that one', () => {
    const { ask, respond } = converse({ downstream: { 0: [STATUS] } });
    expect(ask(GET + GET)).toHaveLength(2);
    expect(respond(OK + OK)).toEqual([
      'bytes@0 HTTP/1.1 503 Service Unavailable',
      'bytes@0 HTTP/1.1 200 OK',
      'bytes@0 ok',
    ]);
  });

  it('lets interim responses pass to their request', () => {
    const { ask, respond } = converse({ downstream: { 0: [STATUS] } });
    ask(GET);
    expect(respond('HTTP/1.1 103 Early Hints\r\n\r\n')).toEqual(['bytes@0 HTTP/1.1 103 Early Hints']);
    expect(respond(OK)).toEqual(['bytes@0 HTTP/1.1 503 Service Unavailable']);
  });

  it('adds up delays, and then lets what ends the matter follow', () => {
    const delay = { kind: 'delay', delayMs: 20 } as const;
    const { ask, respond } = converse({
      upstream: { 0: [delay, delay, STATUS], 1: [delay] },
      downstream: { 1: [delay] },
    });
    expect(ask(GET, 100)).toEqual(['answer@140 HTTP/1.1 503 Service Unavailable']);
    expect(ask(GET, 200)).toEqual(['bytes@220 GET /a HTTP/1.1']);
    expect(respond(OK, 300)).toEqual(['bytes@320 HTTP/1.1 200 OK', 'bytes@300 ok']);
  });

  it('resets before the request, or instead of the response', () => {
    const before = converse({ upstream: { 0: [{ kind: 'reset' }] } });
    expect(before.ask(GET)).toEqual(['end@0 reset']);
    const instead = converse({ downstream: { 0: [{ kind: 'reset' }] } });
    expect(instead.ask(GET)).toEqual(['bytes@0 GET /a HTTP/1.1']);
    expect(instead.respond(OK)[0]).toBe('end@0 reset');
  });

  it('answers at once when the client waits for 100 (Continue), and says that it was the last', () => {
    const { ask } = converse({ upstream: { 0: [STATUS] } });
    const head = 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n';
    expect(ask(head)).toEqual(['answer@0 HTTP/1.1 503 Service Unavailable']);
    expect(ask('hi')).toEqual([]);
  });

  it('leaves a connection alone once it speaks another protocol', () => {
    const { ask, respond } = converse({ upstream: { 1: [STATUS] } });
    ask('GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n');
    expect(respond('HTTP/1.1 101 Switching Protocols\r\n\r\n')).toHaveLength(1);
    expect(ask(GET)).toEqual(['bytes@0 GET /a HTTP/1.1']);
  });
});
