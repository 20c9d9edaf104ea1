import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace';
import type { TraceSampler } from '../sampling/trace-sampler.ts';

/** Where `OTEL_TRACES_SAMPLER` is set, it alone decides which requests become traces: nothing is kept late. */
export class EnvironmentSampler implements TraceSampler {
  readonly #sampler: Sampler;

  constructor(sampler: Sampler) {
    this.#sampler = sampler;
  }

  keepsAtStart(traceId: string): boolean {
    const name = 'pooler.request';
    const { decision } = this.#sampler.shouldSample(ROOT_CONTEXT, traceId, name, SpanKind.INTERNAL, {}, []);
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  }

  keeps(): boolean {
    return false;
  }
}
