import { describe, expect, it } from 'vitest';
import { lastingPort } from '../fixtures/lasting-ports.ts';
import { OtlpSink } from './otlp-sink.ts';
import { runProgram } from './program.ts';

describe('telemetry that is off', () => {
  it.each([
    ['no endpoint is set', {}],
    ['it is disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }],
  ])('loads nothing of OpenTelemetry, and everything works without: %s', async (_, variables) => {
    const { code, stdout, stderr } = await runProgram('loaded-modules', variables);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({ isOn: false, loaded: [] });
  });
});

describe('telemetry that is on', () => {
  it('sends traces before the process ends, under the name that the environment gives it', async () => {
    const sink = new OtlpSink();
    const { code, stdout } = await runProgram('loaded-modules', {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${await sink.listen()}/v1/traces`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_SERVICE_NAME: 'renamed',
    });
    sink.close();
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ isOn: true });
    expect(sink.spans.filter(({ name }) => name === 'pooler.request')).toHaveLength(2);
    const [span] = sink.spans;
    expect(span?.resource['service.name']).toBe('renamed');
    // The command line may hold secrets.
    expect(Object.keys(span?.resource ?? {}).filter((name) => name.startsWith('process.'))).toEqual([]);
    expect(sink.metricNames.size).toBe(0);
  });

  it('costs a counter and one line while the collector is dead, shows no secret, and lets the process end', async () => {
    const port = await lastingPort();
    const { code, stdout, stderr } = await runProgram('dead-collector', {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://me:hunter2@127.0.0.1:${port}/x?key=s3cret`,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer t0ken',
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^telemetry: delivery to http:\/\/127\.0\.0\.1:\d+ failed \(ECONNREFUSED\), 1 times so far\n$/,
    );
    expect(JSON.parse(stdout)).toMatchObject({ allAnswered: true, countedFailures: true });
  });
});
