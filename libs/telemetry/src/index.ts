export { METRICS, type MetricFacts, type MetricName } from './metric-table.ts';
export { openMetricsPage, type MetricsPage, type MetricsPageOptions } from './metrics-page.ts';
export type { PoolGauge } from './otel/metrics.ts';
export type { Environment } from './signals.ts';
export { startTelemetry, type TelemetryOptions } from './start-telemetry.ts';
export { TELEMETRY_OFF, type ServeOptions, type Telemetry } from './telemetry.ts';
export type { TraceRelation } from './tracing/span-propagator.ts';
