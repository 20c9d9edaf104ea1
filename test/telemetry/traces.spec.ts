import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Client, type ClientOptions } from '#libs/client';
import { parseFaultSpec } from '#libs/faults';
import { systemClock } from '#libs/kernel';
import { startTarget } from '#libs/target';
import { METRICS, startTelemetry, type Telemetry } from '#libs/telemetry';
import { OtlpSink, type SunkSpan } from './otlp-sink.ts';

const sink = new OtlpSink();
const clients: Client[] = [];
const servers: Server[] = [];
let telemetry: Telemetry;

beforeAll(async () => {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = await sink.listen();
  process.env.OTEL_EXPORTER_OTLP_PROTOCOL = 'http/json';
  process.env.OTEL_BSP_SCHEDULE_DELAY = '20';
  telemetry = await startTelemetry({ serviceName: 'pooler-spec', pools });
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map(async (client) => client.destroy()));
  for (const server of servers.splice(0)) server.close();
});

afterAll(async () => {
  await telemetry.shutdown();
  sink.close();
});

function* pools(): Generator<{ origin: string; active: number; idle: number; pending: number; max: number }> {
  for (const client of clients) {
    for (const [origin, { pool }] of client.stats().origins) yield { origin, ...pool };
  }
}

function tracedClient(options: ClientOptions = {}): Client {
  const client = new Client({ ...options, propagator: telemetry.propagator('link') });
  clients.push(client);
  return client;
}

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends one request to its end, whatever that is. */
async function send(client: Client, url: string): Promise<string | number> {
  try {
    const response = await client.request(url, { awaitBody: true });
    await response.body.dump();
    return response.statusCode;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

function namesOf(trace: readonly SunkSpan[]): string[] {
  return trace.map(({ name }) => name).sort();
}

function only(trace: readonly SunkSpan[], name: string): SunkSpan {
  const [span, ...more] = trace.filter((span) => span.name === name);
  if (!span || more.length > 0) throw new Error(`not one ${name} in ${namesOf(trace).join(', ')}`);
  return span;
}

/** The client's attempts, in the order of time. */
function attemptsOf(trace: readonly SunkSpan[]): SunkSpan[] {
  return trace.filter(({ kind }) => kind === 3).sort((a, b) => (a.startNs < b.startNs ? -1 : 1));
}

/** Every span that leaves its parent, has lost it, or ends before it starts. */
function outOfPlace(trace: readonly SunkSpan[]): string[] {
  const byId = new Map(trace.map((span) => [span.spanId, span]));
  const isInPlace = ({ name, kind, parentSpanId, startNs, endNs }: SunkSpan): boolean => {
    if (endNs < startNs) return false;
    if (parentSpanId === undefined) return name === 'pooler.request';
    const parent = byId.get(parentSpanId);
    if (!parent || startNs < parent.startNs) return false;
    // A server has its response sent a moment after the client may have read it.
    return kind === 2 || endNs <= parent.endNs;
  };
  return trace.filter((span) => !isInPlace(span)).map(({ name }) => name);
}

describe('the trace of a request', () => {
  it('that was retried shows both attempts, the wait between them, and what the server did', async () => {
    let calls = 0;
    const server = createHttpServer((request, response) => {
      telemetry.serve(request, response, () => {
        calls += 1;
        response.writeHead(calls === 1 ? 503 : 200).end('x');
      });
    });
    const origin = await listening(server);
    expect(await send(tracedClient(), `${origin}/retried`)).toBe(200);
    const trace = await sink.traceOf('/retried', 12);
    expect(namesOf(trace)).toEqual([
      'GET',
      'GET',
      'GET',
      'GET',
      'pooler.acquire',
      'pooler.acquire',
      'pooler.breaker',
      'pooler.breaker',
      'pooler.connect',
      'pooler.probe',
      'pooler.request',
      'pooler.retry',
    ]);
    const [first, second] = attemptsOf(trace);
    const retry = only(trace, 'pooler.retry');
    expect(retry.attributes).toEqual({ 'pooler.retry.kind': 'policy' });
    expect(retry.links.map(({ spanId }) => spanId)).toEqual([first?.spanId]);
    expect([first?.attributes['error.type'], second?.attributes['http.request.resend_count']]).toEqual([
      '503',
      1,
    ]);
    const servers = trace.filter(({ kind }) => kind === 2);
    expect(new Set(servers.map(({ parentSpanId }) => parentSpanId))).toEqual(
      new Set([first?.spanId, second?.spanId]),
    );
    expect(outOfPlace(trace)).toEqual([]);
    expect(only(trace, 'pooler.request').resource['service.name']).toBe('pooler-spec');
  });

  it('that was sent again after a stale connection shows a wait of no time', async () => {
    let requests = 0;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {
        requests += 1;
        if (requests === 2) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
    });
    const origin = await listening(server);
    const client = tracedClient();
    expect([await send(client, `${origin}/warm`), await send(client, `${origin}/stale`)]).toEqual([200, 200]);
    const trace = await sink.traceOf('/stale', 9);
    const retry = only(trace, 'pooler.retry');
    const [stale, fresh] = attemptsOf(trace);
    expect(retry.attributes).toEqual({ 'pooler.retry.kind': 'resend' });
    expect(retry.endNs - retry.startNs).toBe(0n);
    expect(retry.links.map(({ spanId }) => spanId)).toEqual([stale?.spanId]);
    expect([stale, fresh].map((span) => span?.attributes['pooler.attempt.kind'])).toEqual([
      'first',
      'resend',
    ]);
    expect(fresh?.attributes['http.request.resend_count']).toBe(1);
    expect(namesOf(trace).filter((name) => name === 'pooler.breaker')).toHaveLength(1);
    expect(outOfPlace(trace)).toEqual([]);
  });

  it('that the breaker refused shows the dials that failed, and then only the question', async () => {
    const server = createServer();
    const origin = await listening(server);
    server.close();
    const client = tracedClient({ retry: false, breaker: {} });
    const outcomes = [];
    for (let i = 0; i < 6; i += 1) outcomes.push(await send(client, `${origin}/refused-${i}`));
    expect(outcomes.slice(4)).toEqual(['PLR_CONNECT_REFUSED', 'PLR_CIRCUIT_OPEN']);
    const failed = await sink.traceOf('/refused-4', 5);
    expect(namesOf(failed)).toEqual([
      'GET',
      'pooler.acquire',
      'pooler.breaker',
      'pooler.connect',
      'pooler.request',
    ]);
    expect(only(failed, 'pooler.connect').attributes['error.type']).toBe('PLR_CONNECT_REFUSED');
    expect(outOfPlace(failed)).toEqual([]);
    const refused = await sink.traceOf('/refused-5', 2);
    expect(namesOf(refused)).toEqual(['pooler.breaker', 'pooler.request']);
    expect(only(refused, 'pooler.breaker').attributes).toEqual({
      'pooler.breaker.admitted': false,
      'error.type': 'PLR_CIRCUIT_OPEN',
    });
    expect(outOfPlace(refused)).toEqual([]);
  });

  it('that met a fault of ours names it', async () => {
    const target = await startTarget({ port: 0 }, systemClock, telemetry);
    const faults = { rules: parseFaultSpec('status=503:100%'), seed: 1 };
    expect(await send(tracedClient({ retry: false, faults }), `${target.url}/health`)).toBe(503);
    const trace = await sink.traceOf('/health', 6);
    const [attempt] = attemptsOf(trace);
    expect(attempt?.attributes).toMatchObject({ 'pooler.fault.kind': 'status', 'error.type': '503' });
    // The target itself answered well, and says so in the same trace.
    const served = trace.find(({ kind }) => kind === 2);
    expect([served?.parentSpanId, served?.attributes['http.response.status_code']]).toEqual([
      attempt?.spanId,
      200,
    ]);
    await target.close();
  });
});

describe('a service', () => {
  it('has its own calls in the trace of the request that it serves', async () => {
    const target = await startTarget({ port: 0 }, systemClock, telemetry);
    const client = new Client({ propagator: telemetry.propagator('child') });
    const untraced = new Client();
    clients.push(client, untraced);
    const service = createHttpServer((request, response) => {
      telemetry.serve(request, response, () => {
        void send(client, `${target.url}/bytes/3`).then((status) => response.writeHead(Number(status)).end());
      });
    });
    expect(await send(untraced, `${await listening(service)}/entry`)).toBe(200);
    const trace = await sink.traceOf('/bytes/3', 7);
    const entry = trace.find(({ parentSpanId }) => parentSpanId === undefined);
    expect([entry?.kind, entry?.attributes['url.path']]).toEqual([2, '/entry']);
    expect(only(trace, 'pooler.request').parentSpanId).toBe(entry?.spanId);
    await target.close();
  });

  it('whose caller leaves says that it was cut off', async () => {
    const service = createHttpServer((request, response) => {
      telemetry.serve(request, response, () => response.write('half'));
    });
    const origin = await listening(service);
    const client = tracedClient({ attemptTimeoutMs: 50, retry: false });
    expect(await send(client, `${origin}/cut`)).toBe('PLR_ATTEMPT_TIMEOUT');
    const trace = await sink.traceOf('/cut', 6);
    const served = trace.find(({ kind }) => kind === 2);
    expect(served?.attributes['error.type']).toBe('aborted');
  });
});

describe('a target', () => {
  it('makes no spans of requests without a trace', async () => {
    const target = await startTarget({ port: 0 }, systemClock, telemetry);
    const untraced = new Client();
    clients.push(untraced);
    await send(untraced, `${target.url}/bytes/1`);
    // A traced request after it: when its trace is here, one of the other would be here too.
    await send(tracedClient(), `${target.url}/bytes/2`);
    await sink.traceOf('/bytes/2', 6);
    expect(sink.spans.filter(({ attributes }) => attributes['url.path'] === '/bytes/1')).toEqual([]);
    await target.close();
  });
});

describe('metrics', () => {
  it('go to the collector at the end at the latest, under the names of the table', async () => {
    const server = createHttpServer((_request, response) => response.end());
    await send(tracedClient(), `${await listening(server)}/measured`);
    await telemetry.shutdown();
    const always = Object.keys(METRICS).filter((name) => !/breaker|address|faults|retries/.test(name));
    expect([...sink.metricNames]).toEqual(expect.arrayContaining(always));
    expect([...sink.metricNames].filter((name) => !(name in METRICS))).toEqual([]);
  });
});
