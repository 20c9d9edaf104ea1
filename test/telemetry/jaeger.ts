import { execFile } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { lastingPorts } from '../fixtures/lasting-ports.ts';

const run = promisify(execFile);
const STACK = resolve(process.env.POOLER_SHARED ?? '../shared', 'observability');
const CACHE = process.env.POOLER_TOOLS_CACHE ?? join(homedir(), '.cache', 'pooler-tools');
/** Where traces are read, of whoever runs a Jaeger for us; they go to `OTEL_EXPORTER_OTLP_ENDPOINT`. */
const GIVEN = process.env.JAEGER_URL;
const POLL_MS = 250;
const POLLS = 80;

/** A span as the query API gives it, with the name of its service beside it. */
export interface JaegerSpan {
  readonly service: string;
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly startTime: number;
  readonly duration: number;
  /** The parent is a `CHILD_OF`; a link is a `FOLLOWS_FROM`. */
  readonly references: ReadonlyArray<{
    readonly refType: string;
    readonly traceID: string;
    readonly spanID: string;
  }>;
  readonly tags: ReadonlyArray<{ readonly key: string; readonly value: unknown }>;
}

interface JaegerTrace {
  readonly spans: ReadonlyArray<Omit<JaegerSpan, 'service'> & { readonly processID: string }>;
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

/** A Jaeger that traces are sent to and read back from. */
export class Jaeger implements AsyncDisposable {
  /** Where traces go, by OTLP over HTTP. */
  readonly endpoint: string;
  readonly #url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, endpoint: string, stop: () => Promise<void>) {
    this.#url = url;
    this.endpoint = endpoint;
    this.#stop = stop;
  }

  /** Why there is none to be had; undefined when there is one. */
  static async reasonWithout(): Promise<string | undefined> {
    if (GIVEN !== undefined || (await isBuilt())) return undefined;
    return `needs JAEGER_URL, or a Jaeger that ${STACK} has built`;
  }

  /** The one that is given, else one of our own on free ports. */
  static async start(): Promise<Jaeger> {
    if (GIVEN !== undefined) {
      const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'http://127.0.0.1:4318';
      return new Jaeger(GIVEN, endpoint, async () => Promise.resolve());
    }
    // Its health is told on the port after that of its query API.
    const [query = 0, , http = 0, grpc = 0] = await lastingPorts(4);
    const runDir = join(CACHE, 'run', `spec-${process.pid}`);
    const ports = ['--otlp-http', `${http}`, '--otlp-grpc', `${grpc}`, '--query', `${query}`];
    await run(join(STACK, 'up'), [...ports, '--run-dir', runDir], { timeout: 20_000 });
    return new Jaeger(`http://127.0.0.1:${query}`, `http://127.0.0.1:${http}`, async () => {
      await run(join(STACK, 'down'), ['--run-dir', runDir]);
    });
  }

  /** Asks until the traces with such a span are as many and as whole as `isEnough` wants; what there is after 20 s. */
  async traces(
    query: { readonly service: string; readonly operation: string },
    isEnough: (traces: JaegerSpan[][]) => boolean,
  ): Promise<JaegerSpan[][]> {
    let traces: JaegerSpan[][] = [];
    for (let asked = 0; asked < POLLS && !isEnough(traces); asked += 1) {
      if (asked > 0) await delay(POLL_MS);
      const search = new URLSearchParams({ ...query, limit: '200' });
      traces = tracesIn(await (await fetch(`${this.#url}/api/traces?${search.toString()}`)).json());
    }
    return traces;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

async function isBuilt(): Promise<boolean> {
  try {
    await access(join(STACK, 'up'));
    return (await readdir(join(CACHE, 'bin'))).some((name) => /^jaeger-[\d.]+$/.test(name));
  } catch {
    return false;
  }
}

function tracesIn(answer: unknown): JaegerSpan[][] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the form of Jaeger's query API
  const { data } = answer as { readonly data: readonly JaegerTrace[] | null };
  return (data ?? []).map(({ spans, processes }) =>
    spans.map((span) => ({ ...span, service: processes[span.processID]?.serviceName ?? '' })),
  );
}

export function tagOf({ tags }: JaegerSpan, name: string): unknown {
  return tags.find(({ key }) => key === name)?.value;
}

/** Spans that leave their parent. Jaeger keeps microseconds, so each end may be off by one. */
export function outOfPlace(spans: readonly JaegerSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanID, span]));
  const isInPlace = (span: JaegerSpan): boolean => {
    const parentId = span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID;
    if (parentId === undefined) return span.operationName === 'pooler.request';
    const parent = byId.get(parentId);
    if (!parent || span.startTime < parent.startTime) return false;
    const isServer = tagOf(span, 'span.kind') === 'server';
    return isServer || span.startTime + span.duration <= parent.startTime + parent.duration + 1;
  };
  return spans.filter((span) => !isInPlace(span)).map(({ operationName }) => operationName);
}
