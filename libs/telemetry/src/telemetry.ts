import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BullMQOtel } from 'bullmq-otel';
import type { Propagator } from '#libs/records';
import type { TraceRelation } from './tracing/span-propagator.ts';

export interface ServeOptions {
  /** Whether a request without a `traceparent` gets no span. Default false: it begins a trace. */
  readonly onlyWithParent?: boolean | undefined;
}

/** The telemetry of one process. */
export interface Telemetry {
  readonly isOn: boolean;
  /** Deliveries to the collector that failed so far. */
  readonly exportFailures: number;
  /** For a client whose requests shall be traced; `undefined` while traces are off. */
  propagator(relation: TraceRelation): Propagator | undefined;
  /** Runs `handle` as the handling of one request: in a SERVER span, under the parent that its `traceparent` names. */
  serve(request: IncomingMessage, response: ServerResponse, handle: () => void, options?: ServeOptions): void;
  /** For the option `telemetry` of BullMQ's queues and workers; `undefined` while traces are off. */
  readonly forQueues: BullMQOtel | undefined;
  /** Delivers what is left, for at most 2 s, and stops. Never rejects. */
  shutdown(): Promise<void>;
}

/** Telemetry that is off. */
export const TELEMETRY_OFF: Telemetry = {
  isOn: false,
  exportFailures: 0,
  propagator: () => undefined,
  serve: (_request, _response, handle) => {
    handle();
  },
  forQueues: undefined,
  shutdown: () => Promise.resolve(),
};
