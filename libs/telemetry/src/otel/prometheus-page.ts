import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { MetricsPage } from '../metrics-page.ts';
import { recordMetrics, type MetricSources } from './metrics.ts';

/** A meter provider of the page's own: it needs no collector, and is read when somebody asks. */
export function openPage(sources: MetricSources): MetricsPage {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [reader] });
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  const stop = recordMetrics(provider.getMeter('pooler'), sources);
  return {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    render: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    close: async () => {
      stop();
      await provider.shutdown();
    },
  };
}
