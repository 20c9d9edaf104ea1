import { diag, type DiagLogger } from '@opentelemetry/api';
import {
  defaultResource,
  envDetector,
  hostDetector,
  osDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { IdGenerator, Sampler } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { Environment, Signals } from '../signals.ts';

/** What holds instead of the SDK's own defaults where the environment says nothing. */
const DEFAULTS: Readonly<Record<string, string>> = {
  // In ms. An export that is tried again holds up the end of the process. The SDK's own is 10 s.
  OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
  // In ms. What has not been sent is lost when the process is killed. The SDK's own is 5 s.
  OTEL_BSP_SCHEDULE_DELAY: '1000',
};

export interface NodeSdkOptions {
  readonly serviceName: string;
  readonly env: Environment;
  readonly signals: Signals;
  readonly idGenerator: IdGenerator;
  readonly sampler: Sampler;
  readonly logger: DiagLogger;
}

/** Starts the SDK with exporters and processors as the environment says. */
export function startNodeSdk(options: NodeSdkOptions): NodeSDK {
  const { serviceName, env, signals, idGenerator, sampler, logger } = options;
  return underDefaults(() => {
    const sdk = new NodeSDK({
      // Detected attributes come over these, so OTEL_SERVICE_NAME has the last word.
      resource: defaultResource().merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: serviceName })),
      // Not the process's own: it would tell the command line, where headers may stand.
      resourceDetectors: env.OTEL_NODE_RESOURCE_DETECTORS
        ? undefined
        : [serviceInstanceIdDetector, hostDetector, osDetector, envDetector],
      idGenerator,
      sampler,
      // `undefined` leaves it to the environment.
      spanProcessors: signals.traces === undefined ? [] : undefined,
      metricReaders: signals.metrics === undefined ? [] : undefined,
      logRecordProcessors: [],
    });
    // With OTEL_LOG_LEVEL the SDK has set up a log of its own: whoever asks for that wants every word.
    if (!env.OTEL_LOG_LEVEL) diag.setLogger(logger);
    sdk.start();
    return sdk;
  });
}

/** The SDK takes these from nowhere but `process.env`, and reads them while it starts. */
function underDefaults<T>(start: () => T): T {
  const missing = Object.keys(DEFAULTS).filter((name) => !process.env[name]);
  for (const name of missing) process.env[name] = DEFAULTS[name];
  try {
    return start();
  } finally {
    for (const name of missing) delete process.env[name];
  }
}
