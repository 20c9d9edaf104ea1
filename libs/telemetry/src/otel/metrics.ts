import type { Attributes, Meter } from '@opentelemetry/api';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
} from '@opentelemetry/semantic-conventions';
import type { PoolCounts } from '#libs/kernel';
import {
  channels,
  type AttemptRecord,
  type BreakerRecord,
  type ConnectionRecord,
  type RequestRecord,
} from '#libs/records';
import { METRICS, type MetricName } from '../metric-table.ts';
import { knownMethod } from '../tracing/known-method.ts';
import { errorTypeOf } from '../tracing/plan-spans.ts';
import { serverOf } from '../tracing/server-of.ts';

/** The bounds that the semantic conventions advise for durations of HTTP, in seconds. */
const DURATION_BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** One pool at this moment. */
export interface PoolGauge extends PoolCounts {
  readonly origin: string;
}

/** What metrics can't learn from the channels. */
export interface MetricSources {
  /** The pools of this process, asked at each collection. */
  readonly pools: () => Iterable<PoolGauge>;
  readonly exportFailures: () => number;
}

/** Records what goes over the channels with the instruments of `meter`. Returns the function that ends it. */
export function recordMetrics(meter: Meter, sources: MetricSources): () => void {
  const stops = [recordRequests(meter), recordConnections(meter), recordEvents(meter)];
  stops.push(observePools(meter, sources), observeFailures(meter, sources));
  return () => {
    for (const stop of stops) stop();
  };
}

function recordRequests(meter: Meter): () => void {
  const attemptDuration = histogram(meter, 'http.client.request.duration');
  const requestDuration = histogram(meter, 'pooler.request.duration');
  const waitTime = histogram(meter, 'pooler.connection.wait_time');
  const useTime = histogram(meter, 'pooler.connection.use_time');
  const retries = counter(meter, 'pooler.retries');
  const withheld = counter(meter, 'pooler.retries.withheld');

  const onAttempt = (attempt: AttemptRecord, record: RequestRecord, server: Attributes): void => {
    const { kind, queuedAtMs, leasedAtMs } = attempt;
    const endMs = attempt.endedAtMs || record.endedAtMs;
    attemptDuration.record(seconds(leasedAtMs || queuedAtMs, endMs), {
      ...outcomeOf(record.method, attempt, server),
      [ATTR_NETWORK_PROTOCOL_VERSION]: '1.1',
    });
    waitTime.record(seconds(queuedAtMs, leasedAtMs || endMs), server);
    if (leasedAtMs > 0) useTime.record(seconds(leasedAtMs, endMs), server);
    if (kind !== 'first') retries.add(1, { ...server, 'pooler.retry.kind': kind });
  };

  return channels.request.subscribe((record) => {
    const server = serverAttributes(record.origin);
    requestDuration.record(
      seconds(record.startedAtMs, record.endedAtMs),
      outcomeOf(record.method, record, server),
    );
    if (record.isRetryWithheld) withheld.add(1, server);
    for (const attempt of record.attempts) onAttempt(attempt, record, server);
  });
}

function recordConnections(meter: Meter): () => void {
  const opened = counter(meter, 'pooler.connection.opened');
  const closed = counter(meter, 'pooler.connection.closed');
  const createTime = histogram(meter, 'pooler.connection.create_time');
  return channels.connection.subscribe((record: ConnectionRecord) => {
    const server = serverAttributes(record.origin);
    if (record.event === 'closed') {
      closed.add(1, { ...server, 'pooler.close.reason': record.reason });
      return;
    }
    opened.add(1, server);
    createTime.record(seconds(record.dialledAtMs, record.connectedAtMs), server);
  });
}

function recordEvents(meter: Meter): () => void {
  const probes = counter(meter, 'pooler.connection.probes');
  const transitions = counter(meter, 'pooler.breaker.transitions');
  const addresses = counter(meter, 'pooler.address.transitions');
  const faults = counter(meter, 'pooler.faults');
  const stops = [
    channels.probe.subscribe(({ origin, result }) => {
      probes.add(1, { ...serverAttributes(origin), 'pooler.probe.result': result });
    }),
    channels.breaker.subscribe((record) => transitions.add(1, transitionAttributes(record))),
    channels.address.subscribe(({ origin, from, to, cause }) => {
      addresses.add(1, {
        ...serverAttributes(origin),
        'pooler.address.from': from,
        'pooler.address.to': to,
        'pooler.address.cause': cause,
      });
    }),
    channels.fault.subscribe(({ origin, kind }) => {
      faults.add(1, { ...serverAttributes(origin), 'pooler.fault.kind': kind });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function observePools(meter: Meter, { pools }: MetricSources): () => void {
  const count = gauge(meter, 'pooler.connection.count');
  const max = gauge(meter, 'pooler.connection.max');
  const pending = gauge(meter, 'pooler.connection.pending_requests');
  const observables = [count, max, pending];
  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    for (const pool of sumsByOrigin(pools())) {
      const server = serverAttributes(pool.origin);
      result.observe(count, pool.active, { ...server, 'pooler.connection.state': 'active' });
      result.observe(count, pool.idle, { ...server, 'pooler.connection.state': 'idle' });
      result.observe(max, pool.max, server);
      result.observe(pending, pool.pending, server);
    }
  };
  meter.addBatchObservableCallback(observe, observables);
  return () => meter.removeBatchObservableCallback(observe, observables);
}

function observeFailures(meter: Meter, { exportFailures }: MetricSources): () => void {
  const failures = meter.createObservableCounter(...instrument('pooler.telemetry.export_failures'));
  const observe: Parameters<typeof failures.addCallback>[0] = (result) => result.observe(exportFailures());
  failures.addCallback(observe);
  return () => failures.removeCallback(observe);
}

/** Two clients may have a pool to the same origin: to a metric they are one. */
function sumsByOrigin(pools: Iterable<PoolGauge>): Iterable<PoolGauge> {
  const sums = new Map<string, PoolGauge>();
  for (const pool of pools) {
    const { origin, active, idle, pending, max } = pool;
    const sum = sums.get(origin) ?? { origin, active: 0, idle: 0, pending: 0, max: 0 };
    sums.set(origin, {
      origin,
      active: sum.active + active,
      idle: sum.idle + idle,
      pending: sum.pending + pending,
      max: sum.max + max,
    });
  }
  return sums.values();
}

function histogram(meter: Meter, name: MetricName): ReturnType<Meter['createHistogram']> {
  const [, options] = instrument(name);
  return meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: DURATION_BOUNDS_S } });
}

function counter(meter: Meter, name: MetricName): ReturnType<Meter['createCounter']> {
  return meter.createCounter(...instrument(name));
}

function gauge(meter: Meter, name: MetricName): ReturnType<Meter['createObservableGauge']> {
  return meter.createObservableGauge(...instrument(name));
}

function instrument(name: MetricName): [string, { unit: string; description: string }] {
  const { unit, description } = METRICS[name];
  return [name, { unit, description }];
}

function seconds(fromMs: number, toMs: number): number {
  return (toMs - fromMs) / 1_000;
}

function serverAttributes(origin: string): Attributes {
  const { address, port } = serverOf(origin);
  return { [ATTR_SERVER_ADDRESS]: address, [ATTR_SERVER_PORT]: port };
}

/** Built up, since a metric would keep an attribute that is there and `undefined`. */
function outcomeOf(
  method: string,
  outcome: Pick<RequestRecord, 'error' | 'statusCode'>,
  server: Attributes,
): Attributes {
  const attributes: Attributes = { ...server, [ATTR_HTTP_REQUEST_METHOD]: knownMethod(method) };
  const errorType = errorTypeOf(outcome);
  if (outcome.statusCode !== undefined) attributes[ATTR_HTTP_RESPONSE_STATUS_CODE] = outcome.statusCode;
  if (errorType !== undefined) attributes[ATTR_ERROR_TYPE] = errorType;
  return attributes;
}

function transitionAttributes({ origin, from, to, cause }: BreakerRecord): Attributes {
  return {
    ...serverAttributes(origin),
    'pooler.breaker.from': from,
    'pooler.breaker.to': to,
    'pooler.breaker.cause': cause,
  };
}
