import {
  createContextKey,
  trace,
  type Attributes,
  type Context,
  type Link,
  type SpanKind,
} from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SamplingResult,
} from '@opentelemetry/sdk-trace';
import type { Environment } from '../signals.ts';

const KEPT = createContextKey('pooler: this trace has been decided on');

/** Spans of BullMQ's own housekeeping: each would be a trace of its own, every few seconds. */
const HOUSEKEEPING = /^(?:getNextJob|moveStalledJobsToWait|startStalledCheckTimer|extendLocks|close)\b/;

/** The context of a span whose trace is kept, whatever the SDK's sampler would say. */
export function keptIn(context: Context): Context {
  return context.setValue(KEPT, true);
}

/**
 * Lets through what has already been decided on, leaves out housekeeping that hangs on nothing, and leaves the rest to
 * the sampler of the environment.
 */
export class HouseSampler implements Sampler {
  readonly #rest: Sampler;

  constructor(rest: Sampler) {
    this.#rest = rest;
  }

  shouldSample(
    context: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    if (context.getValue(KEPT) === true) return { decision: SamplingDecision.RECORD_AND_SAMPLED };
    if (HOUSEKEEPING.test(name) && !trace.getSpanContext(context)) {
      return { decision: SamplingDecision.NOT_RECORD };
    }
    return this.#rest.shouldSample(context, traceId, name, kind, attributes, links);
  }

  toString(): string {
    return `HouseSampler{${this.#rest.toString()}}`;
  }
}

/**
 * The sampler that `OTEL_TRACES_SAMPLER` names, with `OTEL_TRACES_SAMPLER_ARG` as its ratio (default 1); `undefined`
 * when none or an unknown one is named. See the specification of OpenTelemetry's environment variables.
 */
export function samplerOf(env: Environment): Sampler | undefined {
  const name = env.OTEL_TRACES_SAMPLER?.trim() ?? '';
  const isParentBased = name.startsWith('parentbased_');
  const root = rootSamplerOf(isParentBased ? name.slice('parentbased_'.length) : name, env);
  return root && isParentBased ? new ParentBasedSampler({ root }) : root;
}

function rootSamplerOf(name: string, env: Environment): Sampler | undefined {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio': {
      const ratio = Number.parseFloat(env.OTEL_TRACES_SAMPLER_ARG ?? '');
      return new TraceIdRatioBasedSampler(ratio >= 0 && ratio <= 1 ? ratio : 1);
    }
    default:
      return undefined;
  }
}
