/** What one metric is, for its instrument and for the reference. */
export interface MetricFacts {
  readonly kind: 'counter' | 'histogram' | 'gauge';
  readonly unit: string;
  readonly description: string;
  readonly attributes: readonly string[];
}

const SERVER = ['server.address', 'server.port'] as const;

/**
 * Every metric that Pooler records. `http.client.*` is of OpenTelemetry's semantic conventions (stable), and counts
 * attempts; `pooler.*` is ours, and takes the suffixes of `db.client.connection.*` where there is one.
 */
export const METRICS = {
  'http.client.request.duration': {
    kind: 'histogram',
    unit: 's',
    description:
      'Duration of one attempt, from its connection (from the queue, if it got none) to its last byte.',
    attributes: [
      ...SERVER,
      'http.request.method',
      'http.response.status_code',
      'error.type',
      'network.protocol.version',
    ],
  },
  'pooler.request.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of one request in all: every attempt, and every wait before one.',
    attributes: [...SERVER, 'http.request.method', 'http.response.status_code', 'error.type'],
  },
  'pooler.retries': {
    kind: 'counter',
    unit: '{attempt}',
    description: 'Attempts beyond the first, by policy or sent again after a stale connection.',
    attributes: [...SERVER, 'pooler.retry.kind'],
  },
  'pooler.retries.withheld': {
    kind: 'counter',
    unit: '{retry}',
    description: 'Policy retries that the budget of the client refused.',
    attributes: SERVER,
  },
  'pooler.connection.wait_time': {
    kind: 'histogram',
    unit: 's',
    description: 'How long an attempt waited for a connection.',
    attributes: SERVER,
  },
  'pooler.connection.use_time': {
    kind: 'histogram',
    unit: 's',
    description: 'How long an attempt held its connection.',
    attributes: SERVER,
  },
  'pooler.connection.create_time': {
    kind: 'histogram',
    unit: 's',
    description: 'How long a dial took that succeeded.',
    attributes: SERVER,
  },
  'pooler.connection.opened': {
    kind: 'counter',
    unit: '{connection}',
    description: 'Connections made.',
    attributes: SERVER,
  },
  'pooler.connection.closed': {
    kind: 'counter',
    unit: '{connection}',
    description: 'Connections closed, dials that failed included.',
    attributes: [...SERVER, 'pooler.close.reason'],
  },
  'pooler.connection.probes': {
    kind: 'counter',
    unit: '{probe}',
    description: 'Looks at idle connections and active probes, by what they found.',
    attributes: [...SERVER, 'pooler.probe.result'],
  },
  'pooler.connection.count': {
    kind: 'gauge',
    unit: '{connection}',
    description: 'Connections by what they do now.',
    attributes: [...SERVER, 'pooler.connection.state'],
  },
  'pooler.connection.max': {
    kind: 'gauge',
    unit: '{connection}',
    description: 'The most connections that the pool may have.',
    attributes: SERVER,
  },
  'pooler.connection.pending_requests': {
    kind: 'gauge',
    unit: '{request}',
    description: 'Requests that wait for a connection now.',
    attributes: SERVER,
  },
  'pooler.breaker.transitions': {
    kind: 'counter',
    unit: '{transition}',
    description: 'Moves of the breaker from one state to another.',
    attributes: [...SERVER, 'pooler.breaker.from', 'pooler.breaker.to', 'pooler.breaker.cause'],
  },
  'pooler.address.transitions': {
    kind: 'counter',
    unit: '{transition}',
    description: 'Changes of how one address of several stands: in, out or on trial.',
    attributes: [...SERVER, 'pooler.address.from', 'pooler.address.to', 'pooler.address.cause'],
  },
  'pooler.faults': {
    kind: 'counter',
    unit: '{fault}',
    description: 'Faults injected by the client itself.',
    attributes: [...SERVER, 'pooler.fault.kind'],
  },
  'pooler.telemetry.export_failures': {
    kind: 'counter',
    unit: '{export}',
    description: 'Failed deliveries of telemetry since the start.',
    attributes: [],
  },
} as const satisfies Record<string, MetricFacts>;

export type MetricName = keyof typeof METRICS;
