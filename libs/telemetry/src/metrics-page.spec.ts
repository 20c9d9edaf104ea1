import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { channels } from '#libs/records';
import { METRICS } from './metric-table.ts';
import { openMetricsPage, type MetricsPage } from './metrics-page.ts';
import { attemptRecord, requestRecord } from './tracing/records.spec-helper.ts';

const ORIGIN = 'http://192.0.2.1:8080';
const SERVER = 'server_address="192.0.2.1",server_port="8080"';
const POOL = { origin: ORIGIN, active: 2, idle: 3, pending: 1, max: 32 };

let page: MetricsPage;

beforeEach(async () => {
  page = await openMetricsPage({ pools: () => [POOL, POOL], exportFailures: () => 4 });
});

afterEach(async () => {
  await page.close();
});

async function lines(): Promise<string[]> {
  return (await page.render()).split('\n');
}

function publishEverything(): void {
  const error = { code: 'PLR_RESET', phase: 'wait', errno: 'ECONNRESET' } as const;
  channels.request.publish({
    ...requestRecord([
      attemptRecord({ error, statusCode: undefined, leasedAtMs: 13 }),
      attemptRecord({ attempt: 2, kind: 'resend', queuedAtMs: 20, leasedAtMs: 21, endedAtMs: 31 }),
    ]),
    isRetryWithheld: true,
  });
  channels.connection.publish({
    event: 'opened',
    origin: ORIGIN,
    connectionId: 1,
    dialledAtMs: 1,
    connectedAtMs: 3,
    outlived: undefined,
  });
  channels.connection.publish({ event: 'closed', origin: ORIGIN, connectionId: 1, reason: 'peer-fin' });
  channels.probe.publish({ origin: ORIGIN, connectionId: 1, result: 'alive' });
  channels.breaker.publish({
    origin: ORIGIN,
    from: 'closed',
    to: 'open',
    cause: 'rate',
    atMs: 1,
    calls: 20,
    failures: 10,
    slow: 0,
  });
  channels.address.publish({
    origin: ORIGIN,
    address: '192.0.2.1',
    from: 'in',
    to: 'out',
    cause: 'failures',
    atMs: 1,
  });
  channels.fault.publish({ origin: ORIGIN, requestSeq: 1, attempt: 1, faultId: 'slow', kind: 'latency' });
}

describe('the page of metrics', () => {
  it('has every metric of the table, under the name that Prometheus gives it', async () => {
    publishEverything();
    const types = (await lines()).filter((line) => line.startsWith('# TYPE'));
    const expected = Object.entries(METRICS).map(([name, { kind }]) => {
      const flat = name.replaceAll('.', '_');
      return `# TYPE ${kind === 'counter' ? `${flat}_total` : flat} ${kind}`;
    });
    expect(types.sort()).toEqual(expected.sort());
  });

  it('has no attribute that the table does not name', async () => {
    publishEverything();
    const named = new Set(
      Object.values(METRICS).flatMap(({ attributes }) => attributes.map((name) => name.replaceAll('.', '_'))),
    );
    const used = [...(await page.render()).matchAll(/[{,](\w+)="/g)].map(([, name = '']) => name);
    expect([...new Set(used)].filter((name) => name !== 'le' && !named.has(name))).toEqual([]);
  });

  it('counts attempts by their outcome, in seconds', async () => {
    publishEverything();
    const text = await lines();
    expect(text).toContain(
      `http_client_request_duration_sum{${SERVER},http_request_method="GET",error_type="PLR_RESET",network_protocol_version="1.1"} 0.007`,
    );
    expect(text).toContain(
      `http_client_request_duration_sum{${SERVER},http_request_method="GET",http_response_status_code="200",network_protocol_version="1.1"} 0.01`,
    );
    expect(text).toContain(
      `pooler_request_duration_sum{${SERVER},http_request_method="GET",http_response_status_code="200"} 0.09`,
    );
    expect(text).toContain(`pooler_retries_total{${SERVER},pooler_retry_kind="resend"} 1`);
    expect(text).toContain(`pooler_connection_wait_time_sum{${SERVER}} 0.004`);
  });

  it('adds up the pools to one origin', async () => {
    const text = await lines();
    expect(text).toContain(`pooler_connection_count{${SERVER},pooler_connection_state="active"} 4`);
    expect(text).toContain(`pooler_connection_count{${SERVER},pooler_connection_state="idle"} 6`);
    expect(text).toContain(`pooler_connection_pending_requests{${SERVER}} 2`);
    expect(text).toContain(`pooler_connection_max{${SERVER}} 64`);
  });

  it('has the bounds of the conventions', async () => {
    publishEverything();
    const bounds = (await lines())
      .filter((line) => line.startsWith('pooler_request_duration_bucket'))
      .map((line) => /le="([^"]+)"/.exec(line)?.[1]);
    expect(bounds.join(' ')).toBe('0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf');
  });

  it('tells how many deliveries failed', async () => {
    expect(await lines()).toContain('pooler_telemetry_export_failures_total 4');
  });

  it('records nothing more once it is closed', async () => {
    await page.close();
    expect(channels.request.hasSubscribers).toBe(false);
    expect(channels.connection.hasSubscribers).toBe(false);
    expect(channels.probe.hasSubscribers).toBe(false);
    expect(channels.breaker.hasSubscribers).toBe(false);
    expect(channels.address.hasSubscribers).toBe(false);
    expect(channels.fault.hasSubscribers).toBe(false);
  });
});
