/** The environment, as `process.env` gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where telemetry goes. At least one of the two is set. */
export interface Signals {
  /** The endpoint that traces are sent to; `undefined` when none is set for them. */
  readonly traces: string | undefined;
  readonly metrics: string | undefined;
}

/**
 * Which signals the standard variables turn on: those with an endpoint of OTLP, unless their exporter is `none` or
 * `OTEL_SDK_DISABLED` is true. An empty value is the same as none. See the specification of OpenTelemetry's environment variables and of OTLP's.
 */
export function signalsOf(env: Environment): Signals | undefined {
  if (env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true') return undefined;
  const endpoint = (name: string): string | undefined => env[name]?.trim() || undefined;
  const shared = endpoint('OTEL_EXPORTER_OTLP_ENDPOINT');
  const signal = (name: string): string | undefined =>
    env[`OTEL_${name}_EXPORTER`]?.trim() === 'none'
      ? undefined
      : (endpoint(`OTEL_EXPORTER_OTLP_${name}_ENDPOINT`) ?? shared);
  const traces = signal('TRACES');
  const metrics = signal('METRICS');
  return traces === undefined && metrics === undefined ? undefined : { traces, metrics };
}
