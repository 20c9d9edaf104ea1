import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OtlpSink, type SunkSpan } from '../../telemetry/otlp-sink.ts';
import { RecordingTarget } from '../support/recording-target.ts';
import { REDIS_KINDS } from '../support/redis-kinds.ts';
import { RunFloor } from '../support/run-floor.ts';
import { ServiceProcess } from '../support/service-process.ts';

const kind = REDIS_KINDS.find(({ isAvailable }) => isAvailable)!;

describe('the traces of a run', { timeout: 60_000 }, () => {
  const sink = new OtlpSink();
  let floor: RunFloor;
  let target: RecordingTarget;

  beforeAll(async () => {
    floor = await RunFloor.open(kind, 1);
    target = await RecordingTarget.start();
    await floor.addTarget('local', target.url);
  });

  afterAll(async () => {
    await floor[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
    sink.close();
  });

  const named = (wanted: string): SunkSpan => {
    const found = sink.spans.find(({ name }) => name === wanted);
    if (!found) throw new Error(`there is no span ${wanted}`);
    return found;
  };

  it('are one for its jobs, and one for each request, linked to it', async () => {
    await using worker = new ServiceProcess('worker', {
      REDIS_URL: floor.redisUrl,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${await sink.listen()}/v1/traces`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    });
    await worker.listening();
    const run = await floor.start({
      name: 'traced',
      target: 'local',
      scenarios: [
        { name: 'health', model: 'open', stages: [{ duration: '1s', target: '10/s' }], request: {} },
      ],
    });
    await floor.ended(run);
    // What it has not delivered yet it delivers at its end.
    worker.kill('SIGTERM');
    expect(await worker.end()).toEqual({ code: 0, signal: null });
    const [ofRun, ofSegment] = [named('process run'), named('process segment')];
    const added = named('addBulk segment');
    expect(added.parentSpanId).toBe(ofRun.spanId);
    expect(ofSegment).toMatchObject({ traceId: ofRun.traceId, parentSpanId: added.spanId });
    const requests = sink.spans.filter(({ name }) => name === 'pooler.request');
    expect(new Set(requests.map(({ traceId }) => traceId)).size).toBe(10);
    for (const { links, resource } of requests) {
      expect(links).toMatchObject([{ traceId: ofRun.traceId, spanId: ofSegment.spanId }]);
      expect(resource['service.name']).toBe('pooler-worker');
    }
    // Each tells the target which trace it belongs to; the canary belongs to none.
    expect(target.seen.filter(({ traceparent }) => traceparent !== undefined)).toHaveLength(10);
  });
});
