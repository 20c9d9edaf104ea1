import { context, diag, metrics, propagation, trace, type DiagLogger } from '@opentelemetry/api';
import { AlwaysOnSampler, ParentBasedSampler } from '@opentelemetry/sdk-trace';
import { BullMQOtel } from 'bullmq-otel';
import { invariant, type Clock, type Rng } from '#libs/kernel';
import { ExportFailures } from '../export-failures.ts';
import { AdaptiveSampler } from '../sampling/adaptive-sampler.ts';
import type { Environment, Signals } from '../signals.ts';
import { TELEMETRY_OFF, type Telemetry } from '../telemetry.ts';
import { TraceIds } from '../tracing/ids.ts';
import { SpanPropagator } from '../tracing/span-propagator.ts';
import { ChosenIds } from './chosen-ids.ts';
import { EnvironmentSampler } from './environment-sampler.ts';
import { HouseSampler, samplerOf } from './house-sampler.ts';
import { recordMetrics, type PoolGauge } from './metrics.ts';
import { startNodeSdk } from './node-sdk.ts';
import { serveTraced } from './serve.ts';
import { SpanListener } from './span-listener.ts';

/** A dead collector must not hold up the end of a process. */
const SHUTDOWN_MS = 2_000;
const SCOPE = 'pooler';

export interface SdkOptions {
  readonly serviceName: string;
  readonly pools: () => Iterable<PoolGauge>;
  readonly env: Environment;
  readonly signals: Signals;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly writeLine: (line: string) => void;
}

let isStarted = false;

/** Starts OpenTelemetry's SDK for this process, and listens to the channels. */
export function startSdk(options: SdkOptions): Telemetry {
  invariant(!isStarted, 'telemetry is started once in a process');
  const { serviceName, pools, env, signals, clock, rng, writeLine } = options;
  const ids = new TraceIds(rng);
  const chosenIds = new ChosenIds(ids);
  const named = samplerOf(env);
  const sampler = named ? new EnvironmentSampler(named) : new AdaptiveSampler(clock, rng);
  const failures = new ExportFailures(signals.traces ?? signals.metrics ?? '', clock, writeLine);
  const sdk = startNodeSdk({
    serviceName,
    env,
    signals,
    idGenerator: chosenIds,
    sampler: new HouseSampler(named ?? new ParentBasedSampler({ root: new AlwaysOnSampler() })),
    logger: failureLogger(failures),
  });
  isStarted = true;

  const tracer = trace.getTracer(SCOPE);
  const spans = signals.traces === undefined ? undefined : new SpanListener(tracer, chosenIds, ids);
  const sources = { pools, exportFailures: () => failures.count };
  const stopMetrics =
    signals.metrics === undefined ? undefined : recordMetrics(metrics.getMeter(SCOPE), sources);
  const activeSpan = () => trace.getSpanContext(context.active());

  return {
    isOn: true,
    get exportFailures() {
      return failures.count;
    },
    propagator: (relation) => spans && new SpanPropagator(relation, activeSpan, sampler, ids),
    serve: (request, response, handle, serveOptions = {}) => {
      if (spans) serveTraced(tracer, request, response, handle, serveOptions);
      else TELEMETRY_OFF.serve(request, response, handle);
    },
    forQueues: spans && new BullMQOtel({ tracerName: SCOPE }),
    shutdown: async () => {
      spans?.stop();
      await endWithin(SHUTDOWN_MS, sdk.shutdown(), clock);
      // Not before: the gauges are asked a last time.
      stopMetrics?.();
      for (const api of [trace, metrics, propagation, context, diag]) api.disable();
      isStarted = false;
    },
  };
}

/** Counts errors. Nothing else is said: what the SDK has to say may hold secrets. */
function failureLogger(failures: ExportFailures): DiagLogger {
  const ignore = (): void => {};
  return {
    error: (message) => failures.add(message),
    warn: ignore,
    info: ignore,
    debug: ignore,
    verbose: ignore,
  };
}

/** Waits for `work`, whatever comes of it, but not longer than `limitMs`. */
async function endWithin(limitMs: number, work: Promise<void>, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.setTimer(resolve, limitMs);
  work.then(resolve, () => resolve());
  await promise;
  timer.cancel();
}
