import type { PoolGauge } from './otel/metrics.ts';

/** The metrics of this process as a text for Prometheus, for whoever serves `/metrics`. */
export interface MetricsPage {
  /** Of the exposition format, version 0.0.4. */
  readonly contentType: string;
  render(): Promise<string>;
  /** Records nothing more. */
  close(): Promise<void>;
}

export interface MetricsPageOptions {
  /** The pools of this process, for their gauges. Default: none. */
  readonly pools?: (() => Iterable<PoolGauge>) | undefined;
  /** Failed deliveries so far; give `Telemetry.exportFailures`. Default: 0. */
  readonly exportFailures?: (() => number) | undefined;
}

/**
 * Records the metrics of this process from now on, for a page. It needs no collector: this and `startTelemetry` know
 * nothing of each other. Loads OpenTelemetry's metrics when it is called, and not before.
 */
export async function openMetricsPage(options: MetricsPageOptions = {}): Promise<MetricsPage> {
  const { openPage } = await import('./otel/prometheus-page.ts');
  return openPage({
    pools: options.pools ?? (() => []),
    exportFailures: options.exportFailures ?? (() => 0),
  });
}
