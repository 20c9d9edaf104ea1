import { once } from 'node:events';
import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly links?: ReadonlyArray<{ readonly traceId: string; readonly spanId: string }>;
}

interface OtlpTraces {
  readonly resourceSpans: ReadonlyArray<{
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: ReadonlyArray<{ readonly spans: readonly OtlpSpan[] }>;
  }>;
}

interface OtlpMetrics {
  readonly resourceMetrics: ReadonlyArray<{
    readonly scopeMetrics: ReadonlyArray<{ readonly metrics: ReadonlyArray<{ readonly name: string }> }>;
  }>;
}

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** One span as the collector got it. */
export interface SunkSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** The numbers of OTLP: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Attributes;
  readonly links: ReadonlyArray<{ readonly traceId: string; readonly spanId: string }>;
  readonly resource: Attributes;
}

/** A collector that keeps what comes over OTLP, HTTP with JSON. */
export class OtlpSink {
  readonly spans: SunkSpan[] = [];
  readonly metricNames = new Set<string>();
  readonly #server: Server;
  #onArrival: () => void = () => {};

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#take(request).then(() => response.setHeader('content-type', 'application/json').end('{}'));
    });
  }

  /** Resolves with the endpoint. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Waits until the trace whose request went to `path` has `count` spans. */
  async traceOf(path: string, count: number): Promise<SunkSpan[]> {
    for (;;) {
      const request = this.spans.find(
        ({ name, attributes }) => name === 'pooler.request' && String(attributes['url.full']).endsWith(path),
      );
      const trace = this.spans.filter(({ traceId }) => traceId === request?.traceId);
      if (trace.length >= count) return trace;
      await new Promise<void>((resolve) => {
        this.#onArrival = resolve;
      });
    }
  }

  async #take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    if (request.url === '/v1/traces') this.#takeTraces(JSON.parse(text));
    else this.#takeMetrics(JSON.parse(text));
    this.#onArrival();
  }

  #takeTraces({ resourceSpans }: OtlpTraces): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const resourceAttributes = attributesOf(resource.attributes);
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        this.spans.push({
          ...span,
          parentSpanId: span.parentSpanId || undefined,
          startNs: BigInt(span.startTimeUnixNano),
          endNs: BigInt(span.endTimeUnixNano),
          attributes: attributesOf(span.attributes),
          links: span.links ?? [],
          resource: resourceAttributes,
        });
      }
    }
  }

  #takeMetrics({ resourceMetrics }: OtlpMetrics): void {
    for (const { scopeMetrics } of resourceMetrics) {
      for (const { name } of scopeMetrics.flatMap(({ metrics }) => metrics)) this.metricNames.add(name);
    }
  }
}

function attributesOf(attributes: readonly OtlpAttribute[]): Attributes {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.doubleValue ?? value.boolValue ?? numberOf(value.intValue),
    ]),
  );
}

function numberOf(value: number | string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
