/** What makes a trace worth keeping whatever the load. */
export type KeepClass = 'injected' | 'retried' | 'failed' | 'slow';

/** Decides which requests become traces. */
export interface TraceSampler {
  /** Asked once, before the first attempt of a request is sent. */
  keepsAtStart(traceId: string): boolean;
  /** Asked when a request that is not kept so far shows something worth keeping. */
  keeps(why: KeepClass): boolean;
}
