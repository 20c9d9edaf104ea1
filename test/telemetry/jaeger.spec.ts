import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '#libs/client';
import type { Run } from '#libs/contracts';
import { systemClock } from '#libs/kernel';
import { startTarget, type RunningTarget } from '#libs/target';
import { startTelemetry, type Telemetry } from '#libs/telemetry';
import { REDIS_KINDS, type TestRedis } from '../service/support/redis-kinds.ts';
import { ServiceClient } from '../service/support/service-client.ts';
import { ServiceProcess } from '../service/support/service-process.ts';
import { Jaeger, outOfPlace, tagOf, type JaegerSpan } from './jaeger.ts';

const missing = await Jaeger.reasonWithout();
if (missing !== undefined) console.warn(`skipped: the Jaeger test ${missing}`);

/** A Jaeger that is told to end takes 10 s over it. */
const JAEGER_END_MS = 30_000;

describe.skipIf(missing !== undefined)('a real Jaeger', () => {
  let jaeger: Jaeger;
  let telemetry: Telemetry;
  let target: RunningTarget;

  beforeAll(async () => {
    jaeger = await Jaeger.start();
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = jaeger.endpoint;
    process.env.OTEL_METRICS_EXPORTER = 'none';
    telemetry = await startTelemetry({ serviceName: 'pooler-spec' });
    target = await startTarget({ port: 0 }, systemClock, telemetry);
  });

  afterAll(async () => {
    await target?.close();
    await telemetry?.shutdown();
    await jaeger?.[Symbol.asyncDispose]();
  }, JAEGER_END_MS);

  it('gives back the whole trace of a retried request, with the spans of the server', async () => {
    const client = new Client({ propagator: telemetry.propagator('link'), retry: { attempts: 2 } });
    const url = `${target.url}/status/503?run=${process.pid}-${Date.now()}`;
    const response = await client.request(url);
    await response.body.dump();
    await client.close();
    const ofOurs = (traces: JaegerSpan[][]): JaegerSpan[] =>
      traces.find((trace) => trace.some((span) => tagOf(span, 'url.full') === url)) ?? [];
    const query = { service: 'pooler-spec', operation: 'pooler.request' };
    const spans = ofOurs(await jaeger.traces(query, (traces) => ofOurs(traces).length >= 12));
    expect(spans.map(({ operationName }) => operationName).sort()).toEqual([
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
    expect(outOfPlace(spans)).toEqual([]);
  });

  describe('of a run over api, queue and worker', () => {
    const REQUESTS = 20;
    let redis: TestRedis;
    let api: ServiceProcess;
    let worker: ServiceProcess;
    let run: Run;

    beforeAll(async () => {
      const kind = REDIS_KINDS.find(({ isAvailable }) => isAvailable);
      if (!kind) throw new Error('there is no Redis');
      redis = await kind.start();
      const env = {
        REDIS_URL: redis.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: jaeger.endpoint,
        OTEL_METRICS_EXPORTER: 'none',
      };
      api = new ServiceProcess('api', env);
      worker = new ServiceProcess('worker', env);
      const client = new ServiceClient(await api.listening());
      const name = 'traced';
      const limits = { maxRate: '100/s', maxConcurrency: 10, allowPrivate: true };
      await client.post('/targets', { name, baseUrl: target.url, ...limits });
      const stages = [{ duration: '1s', target: `${REQUESTS}/s` }];
      const scenarios = [{ name: 'health', model: 'open', stages, request: { path: '/health' } }];
      run = await client.run({ name, target: name, scenarios }, 20_000);
    });

    afterAll(async () => {
      await Promise.all([api, worker].map(async (process) => process?.[Symbol.asyncDispose]()));
      await redis?.kill();
    });

    it('joins the three in one trace, and links the trace of each request to the span that sends', async () => {
      expect(run).toMatchObject({ state: 'completed', summary: { requests: REQUESTS, ok: REQUESTS } });
      const path = `/api/v1/campaigns/${run.campaignId}/runs`;
      const ofRun = (traces: JaegerSpan[][]): JaegerSpan[] =>
        traces.find((trace) => trace.some((span) => tagOf(span, 'url.path') === path)) ?? [];
      const consumers = (spans: JaegerSpan[]): JaegerSpan[] =>
        spans.filter((span) => tagOf(span, 'span.kind') === 'consumer');
      const trace = ofRun(
        await jaeger.traces(
          { service: 'pooler-api', operation: 'POST' },
          (traces) => consumers(ofRun(traces)).length >= 2,
        ),
      );
      expect(new Set(trace.map(({ service }) => service))).toEqual(new Set(['pooler-api', 'pooler-worker']));
      // One takes the run, the other its only share of the load.
      expect(consumers(trace).map(({ service }) => service)).toEqual(['pooler-worker', 'pooler-worker']);

      const sent = await jaeger.traces(
        { service: 'pooler-worker', operation: 'pooler.request' },
        (traces) => traces.length >= REQUESTS,
      );
      expect(sent).toHaveLength(REQUESTS);
      const senders = new Set(consumers(trace).map(({ spanID }) => spanID));
      for (const spans of sent) {
        const root = spans.find(({ operationName }) => operationName === 'pooler.request');
        expect(root?.references).toEqual([
          { refType: 'FOLLOWS_FROM', traceID: trace[0]?.traceID, spanID: expect.any(String) },
        ]);
        expect(senders).toContain(root?.references[0]?.spanID);
        expect(spans.map(({ service }) => service)).toContain('pooler-spec');
        expect(outOfPlace(spans)).toEqual([]);
      }
    });
  });
});
