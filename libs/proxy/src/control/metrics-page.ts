import type { FaultProxy } from '../fault-proxy.ts';
import type { ProxyTally } from '../proxy-document.ts';

type Labels = Readonly<Record<string, string>>;
interface Sample {
  readonly labels: Labels;
  readonly value: number;
}
interface Metric {
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: (proxy: FaultProxy, tally: ProxyTally) => readonly Sample[];
}

const DIRECTIONS = ['upstream', 'downstream'] as const;

/** Toxiproxy's two, by its names, and ours. The reference page is made of it. */
export const PROXY_METRICS: Readonly<Record<string, Metric>> = {
  toxiproxy_proxy_received_bytes_total: {
    kind: 'counter',
    help: 'Bytes that a direction has received from its source.',
    samples: (proxy, { receivedBytes }) => byDirection(proxy, receivedBytes),
  },
  toxiproxy_proxy_sent_bytes_total: {
    kind: 'counter',
    help: 'Bytes that a direction has sent to its destination.',
    samples: (proxy, { sentBytes }) => byDirection(proxy, sentBytes),
  },
  pooler_proxy_connections_total: {
    kind: 'counter',
    help: 'Clients that were accepted.',
    samples: ({ name }, { connections }) => [{ labels: { proxy: name }, value: connections }],
  },
  pooler_proxy_open_connections: {
    kind: 'gauge',
    help: 'Clients that are joined to the upstream now.',
    samples: ({ name }, { openConnections }) => [{ labels: { proxy: name }, value: openConnections }],
  },
  pooler_proxy_failed_dials_total: {
    kind: 'counter',
    help: 'Clients that were closed because the upstream could not be reached.',
    samples: ({ name }, { failedDials }) => [{ labels: { proxy: name }, value: failedDials }],
  },
  pooler_proxy_requests_total: {
    kind: 'counter',
    help: 'HTTP requests that were seen; counted while there is a toxic that knows requests.',
    samples: ({ name }, { requests }) => [{ labels: { proxy: name }, value: requests }],
  },
  pooler_proxy_strikes_total: {
    kind: 'counter',
    help: 'Connections, or requests, that a toxic has struck.',
    samples: (proxy) =>
      proxy.toxics.map(({ name, type, struck }) => ({
        labels: { proxy: proxy.name, toxic: name, type },
        value: struck,
      })),
  },
};

/** The metrics in Prometheus' text format, version 0.0.4. */
export function metricsPage(proxies: readonly FaultProxy[]): string {
  const lines: string[] = [];
  for (const [name, { kind, help, samples }] of Object.entries(PROXY_METRICS)) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`);
    for (const proxy of proxies) {
      for (const { labels, value } of samples(proxy, proxy.tally()))
        lines.push(`${name}${shown(labels)} ${value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function byDirection(
  { name, listen, upstream }: FaultProxy,
  bytes: ProxyTally['sentBytes'],
): readonly Sample[] {
  return DIRECTIONS.map((direction) => ({
    labels: { direction, listener: listen, proxy: name, upstream },
    value: bytes[direction],
  }));
}

function shown(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}
