import { describe, expect, it } from 'vitest';
import { signalsOf } from './signals.ts';

const COLLECTOR = 'http://127.0.0.1:4318';

describe('telemetry', () => {
  it('is off without an endpoint, and an empty one is none', () => {
    expect(signalsOf({})).toBeUndefined();
    expect(signalsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' })).toBeUndefined();
    expect(signalsOf({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_SERVICE_NAME: 'x' })).toBeUndefined();
  });

  it('sends traces and metrics to the endpoint of both', () => {
    expect(signalsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR })).toEqual({
      traces: COLLECTOR,
      metrics: COLLECTOR,
    });
  });

  it('sends only what has an endpoint', () => {
    expect(signalsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: COLLECTOR })).toEqual({ traces: COLLECTOR });
    expect(signalsOf({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: COLLECTOR })).toEqual({ metrics: COLLECTOR });
  });

  it('sends nothing of a signal whose exporter is none', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR, OTEL_METRICS_EXPORTER: 'none' };
    expect(signalsOf(env)).toEqual({ traces: COLLECTOR });
    expect(signalsOf({ ...env, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined();
  });

  it.each(['true', 'TRUE', ' True '])('is off when OTEL_SDK_DISABLED is %j', (disabled) => {
    expect(
      signalsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR, OTEL_SDK_DISABLED: disabled }),
    ).toBeUndefined();
  });

  it.each(['false', '', '1'])('stays on when OTEL_SDK_DISABLED is %j', (disabled) => {
    expect(signalsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR, OTEL_SDK_DISABLED: disabled })).toBeDefined();
  });
});
