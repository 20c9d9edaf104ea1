import { execFile } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '#libs/client';
import { systemClock } from '#libs/kernel';
import { startTarget, type RunningTarget } from '#libs/target';
import { startTelemetry, type Telemetry } from '#libs/telemetry';
import { freePorts } from './free-ports.ts';

const run = promisify(execFile);
const STACK = resolve(process.env.POOLER_SHARED ?? '../shared', 'observability');
const CACHE = process.env.POOLER_TOOLS_CACHE ?? join(homedir(), '.cache', 'pooler-tools');
/** Where the traces go and are read, of whoever runs a Jaeger for us. */
const GIVEN = process.env.JAEGER_URL;

interface JaegerSpan {
  readonly spanID: string;
  readonly operationName: string;
  readonly startTime: number;
  readonly duration: number;
  readonly references: ReadonlyArray<{ readonly refType: string; readonly spanID: string }>;
  readonly tags: ReadonlyArray<{ readonly key: string; readonly value: unknown }>;
}

const canStart = GIVEN !== undefined || (await isBuilt());
if (!canStart) console.warn(`skipped: the Jaeger test needs JAEGER_URL, or a Jaeger that ${STACK} has built`);

describe.skipIf(!canStart)('a real Jaeger', () => {
  let jaegerUrl = '';
  let stop = async (): Promise<void> => {};
  let telemetry: Telemetry;
  let target: RunningTarget;

  beforeAll(async () => {
    const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'http://127.0.0.1:4318';
    if (GIVEN === undefined)
      ({ jaegerUrl, endpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT, stop } = await up());
    else [jaegerUrl, process.env.OTEL_EXPORTER_OTLP_ENDPOINT] = [GIVEN, endpoint];
    process.env.OTEL_METRICS_EXPORTER = 'none';
    telemetry = await startTelemetry({ serviceName: 'pooler-spec' });
    target = await startTarget({ port: 0 }, systemClock, telemetry);
  });

  afterAll(async () => {
    await target?.close();
    await telemetry?.shutdown();
    await stop();
  });

  it('gives back the whole trace of a retried request, with the spans of the server', async () => {
    const client = new Client({ propagator: telemetry.propagator('link'), retry: { attempts: 2 } });
    const path = `/status/503?run=${process.pid}-${Date.now()}`;
    const response = await client.request(target.url + path);
    await response.body.dump();
    await client.close();
    const spans = await traceOf(jaegerUrl, path, 12);
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
});

async function isBuilt(): Promise<boolean> {
  try {
    await access(join(STACK, 'up'));
    return (await readdir(join(CACHE, 'bin'))).some((name) => /^jaeger-[\d.]+$/.test(name));
  } catch {
    return false;
  }
}

/** Starts a Jaeger of our own on free ports. */
async function up(): Promise<{ jaegerUrl: string; endpoint: string; stop: () => Promise<void> }> {
  const [http = 0, grpc = 0, query = 0] = await freePorts(3);
  const runDir = join(CACHE, 'run', `spec-${process.pid}`);
  const ports = ['--otlp-http', `${http}`, '--otlp-grpc', `${grpc}`, '--query', `${query}`];
  await run(join(STACK, 'up'), [...ports, '--run-dir', runDir], { timeout: 20_000 });
  return {
    jaegerUrl: `http://127.0.0.1:${query}`,
    endpoint: `http://127.0.0.1:${http}`,
    stop: async () => {
      await run(join(STACK, 'down'), ['--run-dir', runDir]);
    },
  };
}

/** Asks until the trace whose request went to `path` has `count` spans. */
async function traceOf(jaegerUrl: string, path: string, count: number): Promise<JaegerSpan[]> {
  let spans: JaegerSpan[] = [];
  for (let asked = 0; asked < 80 && spans.length < count; asked += 1) {
    await delay(250);
    const url = `${jaegerUrl}/api/traces?service=pooler-spec&operation=pooler.request&limit=20`;
    const answer: unknown = await (await fetch(url)).json();
    spans = tracesIn(answer).find((trace) => trace.some((span) => urlOf(span).endsWith(path))) ?? [];
  }
  return spans;
}

function tracesIn(answer: unknown): JaegerSpan[][] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the form of Jaeger's query API
  const { data } = answer as { readonly data: ReadonlyArray<{ readonly spans: JaegerSpan[] }> | null };
  return data?.map(({ spans }) => spans) ?? [];
}

function urlOf({ tags }: JaegerSpan): string {
  return String(tags.find(({ key }) => key === 'url.full')?.value);
}

/** Spans that leave their parent. Jaeger keeps microseconds, so each end may be off by one. */
function outOfPlace(spans: readonly JaegerSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanID, span]));
  const isInPlace = (span: JaegerSpan): boolean => {
    const parentId = span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID;
    if (parentId === undefined) return span.operationName === 'pooler.request';
    const parent = byId.get(parentId);
    if (!parent || span.startTime < parent.startTime) return false;
    const isServer = span.tags.some(({ key, value }) => key === 'span.kind' && value === 'server');
    return isServer || span.startTime + span.duration <= parent.startTime + parent.duration + 1;
  };
  return spans.filter((span) => !isInPlace(span)).map(({ operationName }) => operationName);
}
