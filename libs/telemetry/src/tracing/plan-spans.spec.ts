import { seededRng } from '#libs/kernel';
import type { AttemptError, RequestRecord } from '#libs/records';
import { describe, expect, it } from 'vitest';
import type { TraceSampler } from '../sampling/trace-sampler.ts';
import { TraceIds } from './ids.ts';
import { planSpans, type PlannedSpan } from './plan-spans.ts';
import { attemptRecord, requestRecord } from './records.spec-helper.ts';
import { SampledTrace } from './request-trace.ts';

const KEEP_ALL: TraceSampler = { keepsAtStart: () => true, keeps: () => true };
const REFUSED: AttemptError = { code: 'PLR_CONNECT_REFUSED', phase: 'connect', errno: 'ECONNREFUSED' };
const RESET: AttemptError = { code: 'PLR_RESET', phase: 'wait', errno: 'ECONNRESET' };
const CIRCUIT_OPEN: AttemptError = { code: 'PLR_CIRCUIT_OPEN', phase: 'admission', errno: undefined };

function planned(record: RequestRecord): { spans: PlannedSpan[]; trace: SampledTrace } {
  const ids = new TraceIds(seededRng(1));
  const trace = new SampledTrace({ kind: 'own', link: undefined }, KEEP_ALL, ids);
  return { spans: planSpans(record, trace, () => ids.span()), trace };
}

/** Each span as a line: indent by depth, name, from, to. */
function outline(record: RequestRecord): string[] {
  const { spans } = planned(record);
  const depths = new Map<string | undefined, number>([[undefined, 0]]);
  return spans.map(({ name, spanId, parentId, startMs, endMs }) => {
    const depth = depths.get(parentId) ?? NaN;
    depths.set(spanId, depth + 1);
    return `${'  '.repeat(depth)}${name} ${startMs}-${endMs}`;
  });
}

function attributesOf(record: RequestRecord, name: string): PlannedSpan['attributes'] {
  return planned(record).spans.find((span) => span.name === name)?.attributes ?? {};
}

describe('the spans of a request', () => {
  it('on a connection that had served before: breaker, acquire with its probe, attempt', () => {
    expect(outline(requestRecord([attemptRecord()], { endedAtMs: 20 }))).toEqual([
      'pooler.request 10-20',
      '  pooler.breaker 10-10',
      '  pooler.acquire 10-10',
      '    pooler.probe 10-10',
      '  GET 10-20',
    ]);
  });

  it('on a fresh connection: the dial stands where the probe would', () => {
    const fresh = attemptRecord({ dialledAtMs: 11, connectedAtMs: 14, leasedAtMs: 15 });
    expect(outline(requestRecord([fresh])).slice(2)).toEqual([
      '  pooler.acquire 10-15',
      '    pooler.connect 11-14',
      '  GET 15-20',
    ]);
  });

  it('show what it waited for of active probes, then the dial after one that was not answered', () => {
    const probe = { origin: 'http://192.0.2.1:8080', connectionId: 5, method: 'HEAD' };
    const silent = {
      ...probe,
      result: 'failed',
      statusCode: undefined,
      failure: 'timeout',
      startedAtMs: 8,
      endedAtMs: 13,
    } as const;
    const dialled = { dialledAtMs: 13, connectedAtMs: 14, leasedAtMs: 14 };
    const record = requestRecord([attemptRecord({ ...dialled, activeProbes: [silent] })]);
    expect(outline(record).slice(2)).toEqual([
      '  pooler.acquire 10-14',
      '    pooler.probe 10-13',
      '    pooler.connect 13-14',
      '  GET 14-20',
    ]);
    expect(attributesOf(record, 'pooler.probe')).toEqual({
      'pooler.probe.result': 'failed',
      'pooler.connection.id': 5,
      'http.request.method': 'HEAD',
      'http.response.status_code': undefined,
      'error.type': 'timeout',
    });
  });

  it('show an active probe that was answered before the look at its connection', () => {
    const answered = {
      origin: 'http://192.0.2.1:8080',
      connectionId: 7,
      result: 'answered',
      method: 'OPTIONS',
      statusCode: 405,
      failure: undefined,
      startedAtMs: 10,
      endedAtMs: 12,
    } as const;
    const record = requestRecord([attemptRecord({ leasedAtMs: 12, activeProbes: [answered] })]);
    expect(outline(record).slice(2)).toEqual([
      '  pooler.acquire 10-12',
      '    pooler.probe 10-12',
      '    pooler.probe 12-12',
      '  GET 12-20',
    ]);
    expect(attributesOf(record, 'pooler.probe')).toMatchObject({
      'pooler.probe.result': 'answered',
      'http.response.status_code': 405,
      'error.type': undefined,
    });
  });

  it('say how much of a dial was name resolution, and how much the TLS handshake', () => {
    const dialled = { dialledAtMs: 11, connectedAtMs: 14, leasedAtMs: 15 };
    const partsOf = (dnsMs: number, tlsMs: number): unknown[] => {
      const record = requestRecord([attemptRecord({ ...dialled, dnsMs, tlsMs })]);
      const attributes = attributesOf(record, 'pooler.connect');
      return [attributes['pooler.connect.dns_ms'], attributes['pooler.connect.tls_ms']];
    };
    expect(partsOf(1, 2)).toEqual([1, 2]);
    expect(partsOf(0, 0)).toEqual([undefined, undefined]);
  });

  it('show of a dial that began for another request only what this one waited for', () => {
    const fresh = attemptRecord({ dialledAtMs: 4, connectedAtMs: 14, leasedAtMs: 15 });
    expect(outline(requestRecord([fresh]))).toContain('    pooler.connect 10-14');
  });

  it('show no dial that was over before, although nobody had used the connection', () => {
    const unused = attemptRecord({ dialledAtMs: 4, connectedAtMs: 8 });
    expect(outline(requestRecord([unused]))).toContain('    pooler.probe 10-10');
  });

  it('of a retried one: each wait lies between its attempts, linked to the failed one', () => {
    const record = requestRecord([
      attemptRecord({ dialledAtMs: 10, connectedAtMs: 12, leasedAtMs: 12, statusCode: 503 }),
      attemptRecord({
        attempt: 2,
        kind: 'policy',
        waitedMs: 32,
        admission: { askedAtMs: 50, answeredAtMs: 52 },
        queuedAtMs: 53,
        leasedAtMs: 54,
        endedAtMs: 90,
      }),
    ]);
    expect(outline(record)).toEqual([
      'pooler.request 10-100',
      '  pooler.breaker 10-10',
      '  pooler.acquire 10-12',
      '    pooler.connect 10-12',
      '  GET 12-20',
      '  pooler.retry 20-50',
      '  pooler.breaker 50-52',
      '  pooler.acquire 53-54',
      '    pooler.probe 54-54',
      '  GET 54-90',
    ]);
    const { spans, trace } = planned(record);
    const retry = spans.find(({ name }) => name === 'pooler.retry');
    expect([retry?.linkId, retry?.attributes]).toEqual([
      trace.attemptSpanId(1),
      { 'pooler.retry.kind': 'policy' },
    ]);
    const attempts = spans.filter(({ kind }) => kind === 'client');
    expect(attempts.map(({ spanId }) => spanId)).toEqual([trace.attemptSpanId(1), trace.attemptSpanId(2)]);
    expect(attempts.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1]);
    expect(attempts.map(({ attributes }) => attributes['error.type'])).toEqual(['503', undefined]);
  });

  it('of a re-send: its wait is zero long, and the breaker is not asked again', () => {
    const record = requestRecord([
      attemptRecord({ error: RESET, statusCode: undefined }),
      attemptRecord({
        attempt: 2,
        kind: 'resend',
        waitedMs: 0,
        admission: undefined,
        queuedAtMs: 20,
        leasedAtMs: 21,
        endedAtMs: 30,
      }),
    ]);
    expect(outline(record).slice(5)).toEqual([
      '  pooler.retry 20-20',
      '  pooler.acquire 20-21',
      '    pooler.probe 21-21',
      '  GET 21-30',
    ]);
    expect(attributesOf(record, 'pooler.retry')).toEqual({ 'pooler.retry.kind': 'resend' });
  });

  it('that the breaker refused at once: the question, with its answer', () => {
    const record = requestRecord([], {
      isOk: false,
      statusCode: undefined,
      error: CIRCUIT_OPEN,
      refusal: { askedAtMs: 10, answeredAtMs: 100, waitedMs: 90 },
    });
    expect(outline(record)).toEqual(['pooler.request 10-100', '  pooler.breaker 10-100']);
    expect(attributesOf(record, 'pooler.breaker')).toEqual({
      'pooler.breaker.admitted': false,
      'error.type': 'PLR_CIRCUIT_OPEN',
    });
    expect(attributesOf(record, 'pooler.request')['error.type']).toBe('PLR_CIRCUIT_OPEN');
  });

  it('that the breaker refused after an attempt: the wait before the question too', () => {
    const record = requestRecord([attemptRecord({ error: RESET })], {
      isOk: false,
      error: CIRCUIT_OPEN,
      refusal: { askedAtMs: 95, answeredAtMs: 100, waitedMs: 80 },
    });
    expect(outline(record).slice(5)).toEqual(['  pooler.retry 20-95', '  pooler.breaker 95-100']);
  });

  it('that no connection could be made for: the dial failed, and with it the wait and the attempt', () => {
    const record = requestRecord([
      attemptRecord({
        connection: undefined,
        probe: undefined,
        leasedAtMs: 0,
        dialledAtMs: 10,
        statusCode: undefined,
        error: REFUSED,
      }),
    ]);
    expect(outline(record).slice(2)).toEqual([
      '  pooler.acquire 10-20',
      '    pooler.connect 10-20',
      '  GET 10-20',
    ]);
    for (const name of ['pooler.acquire', 'pooler.connect', 'GET']) {
      expect(attributesOf(record, name)['error.type']).toBe('PLR_CONNECT_REFUSED');
    }
  });

  it('end with the request where an answer that was given up is still coming', () => {
    expect(outline(requestRecord([attemptRecord({ endedAtMs: 0 })]))).toContain('  GET 10-100');
  });
});

describe('the attributes of an attempt', () => {
  it('are those of the conventions for HTTP clients, and ours', () => {
    const fault = { faultId: 'slow', kind: 'latency' };
    expect(attributesOf(requestRecord([attemptRecord({ fault })]), 'GET')).toEqual({
      'http.request.method': 'GET',
      'url.full': 'http://192.0.2.1:8080/health',
      'server.address': '192.0.2.1',
      'server.port': 8080,
      'http.response.status_code': 200,
      'http.request.resend_count': undefined,
      'error.type': undefined,
      'network.protocol.version': '1.1',
      'network.peer.address': '192.0.2.1',
      'network.peer.port': 80,
      'network.local.port': 40_000,
      'pooler.attempt.kind': 'first',
      'pooler.fault.id': 'slow',
      'pooler.fault.kind': 'latency',
    });
  });

  it('show no secret of a query', () => {
    const path = '/a?x=1&api_key=k1&sig=s2&access_token=t3&y=2';
    expect(attributesOf(requestRecord([attemptRecord()], { path }), 'GET')['url.full']).toBe(
      'http://192.0.2.1:8080/a?x=1&api_key=REDACTED&sig=REDACTED&access_token=REDACTED&y=2',
    );
  });

  it('name a method that nobody knows HTTP and _OTHER', () => {
    const record = requestRecord([attemptRecord()], { method: 'BREW' });
    expect(attributesOf(record, 'HTTP')['http.request.method']).toBe('_OTHER');
  });
});
