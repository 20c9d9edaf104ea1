import { systemClock, systemRng } from '#libs/kernel';
import type { PoolGauge } from './otel/metrics.ts';
import { signalsOf, type Environment } from './signals.ts';
import { TELEMETRY_OFF, type Telemetry } from './telemetry.ts';

export interface TelemetryOptions {
  /** `service.name`, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` say another. */
  readonly serviceName: string;
  /** The pools of this process, for their gauges. Default: none. */
  readonly pools?: (() => Iterable<PoolGauge>) | undefined;
  /** Writes one line for people, without its newline. Default: to stderr. */
  readonly writeLine?: ((line: string) => void) | undefined;
}

/**
 * Starts the telemetry of this process, once: traces and metrics over OTLP, as the standard `OTEL_*` variables say. It
 * is on exactly when an OTLP endpoint is set for traces, metrics or both, and `OTEL_SDK_DISABLED` is not true; while it
 * is off, nothing of OpenTelemetry is loaded.
 *
 * @param env decides whether it is on, and which sampler and detectors it takes; the SDK reads `process.env` for the rest
 */
export async function startTelemetry(
  options: TelemetryOptions,
  env: Environment = process.env,
): Promise<Telemetry> {
  const signals = signalsOf(env);
  if (!signals) return TELEMETRY_OFF;
  const { startSdk } = await import('./otel/sdk.ts');
  const { serviceName, pools = () => [], writeLine = toStderr } = options;
  return startSdk({ serviceName, pools, env, signals, clock: systemClock, rng: systemRng, writeLine });
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
