import type { FaultScope, FaultType, RequestMatch } from '#libs/faults';
import type { ProxyFaultType, TargetFaultType } from './outer-fault-types.ts';

/**
 * A campaign: what to send, what to break meanwhile, and what must hold. This is the document after its shape and units
 * have been read; `checkCampaign` says whether it means something.
 */
export interface CampaignSpec {
  readonly name: string;
  /** Name of an allow-listed target. */
  readonly target: string;
  /** An integer from 0 to 2^53 − 1. Without one each run draws its own. */
  readonly seed?: number | undefined;
  readonly policies: PolicySpec;
  readonly phases: PhaseSpec;
  /** At least one; they run side by side. */
  readonly scenarios: readonly ScenarioSpec[];
  /** Asked in their order; the first that strikes a request wins. */
  readonly faults: readonly FaultSpec[];
  readonly drill?: DrillSpec | undefined;
  /** Each in the grammar of `parseCondition`. */
  readonly checks: readonly string[];
  /** The same grammar; a guardrail that comes true ends the run. */
  readonly guardrails: readonly string[];
  readonly blastRadius?: BlastRadius | undefined;
}

/** How the client behaves. Left out means the library's default, `false` means off. */
export interface PolicySpec {
  readonly pool?: { readonly maxConnections?: number | undefined } | undefined;
  readonly retry?: { readonly attempts?: number | undefined } | false | undefined;
  readonly breaker?:
    | { readonly failureRate?: number | undefined; readonly openMs?: number | undefined }
    | false
    | undefined;
  /** For each attempt. Default 1,000. */
  readonly timeoutMs: number;
  /** For each request in all. Default 10,000. */
  readonly deadlineMs: number;
}

/** The time before and after the stages, both without faults. t = 0 is the end of the baseline. */
export interface PhaseSpec {
  /** Each scenario offers what it begins with. Default 0. */
  readonly baselineMs: number;
  /** The scenarios that last to the end of the stages keep what they ended with. Default 0. */
  readonly recoveryMs: number;
}

export type ScenarioSpec = OpenScenario | ClosedScenario;

/** Requests arrive by a schedule, however slow the answers are. */
export interface OpenScenario {
  readonly name: string;
  readonly model: 'open';
  /** Where the first stage's ramp begins. Default: its own target, so that one stage is constant. */
  readonly startRatePerSecond?: number | undefined;
  /** At least one. */
  readonly stages: readonly StageSpec[];
  readonly request: RequestSpec;
}

/** The rate goes linearly from the target of the stage before to this one's. */
export interface StageSpec {
  readonly durationMs: number;
  readonly ratePerSecond: number;
}

/** A fixed number of workers; each sends its next request when its last one is over. */
export interface ClosedScenario {
  readonly name: string;
  readonly model: 'closed';
  readonly concurrency: number;
  /** It is over at `durationMs` or after `requests`, whichever comes first; one must be given. */
  readonly durationMs?: number | undefined;
  readonly requests?: number | undefined;
  readonly request: RequestSpec;
}

export interface RequestSpec {
  readonly method: string;
  /** Begins with a slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, HeaderValue>> | undefined;
  readonly body?: string | undefined;
  /** Whether it may be sent twice. Default: by the method (RFC 9110 section 9.2.2). */
  readonly idempotent?: boolean | undefined;
}

/** A secret's value is looked up where the request is sent; only its name is ever stored or shown. */
export type HeaderValue = string | { readonly secretRef: string };

/** Every type of fault, wherever it is. */
export type AnyFaultType = FaultType | TargetFaultType | ProxyFaultType;

/** Who carries a fault out: our own client, the proxy before the target, or the target's supervisor. */
export type FaultPlace = 'client' | 'proxy' | 'target';

/**
 * A fault and when it strikes. Its window is a time (`startMs`, `durationMs`), or exact by request numbers
 * (`fromRequest`, `requests`). Of the requests in the window it strikes each with `probability`, perhaps on its way to
 * `rampTo`, or `burst` in a row, every `every`-th time.
 */
export interface FaultSpec {
  /** Unique in the campaign. */
  readonly id: string;
  /** Which there are hangs on `where`. */
  readonly type: AnyFaultType;
  readonly where: FaultPlace;
  /** As after the `=` of a SPEC: a status such as `503`, or `50ms`, or `50ms~10ms`. Default: the type's own. */
  readonly magnitude?: string | undefined;
  /** From 0 to 1. Default 1. */
  readonly probability?: number | undefined;
  /** From t = 0. Default 0. */
  readonly startMs?: number | undefined;
  /** Default: to the end of the stages. For a crash of the target: how long it is down. */
  readonly durationMs?: number | undefined;
  /** The first request of the window, counted from 0 in each scenario. */
  readonly fromRequest?: number | undefined;
  /** How many requests the window holds. Default: all from `fromRequest` on. */
  readonly requests?: number | undefined;
  /** Strikes the window's first request and every `every`-th after it, on their first attempts. */
  readonly every?: number | undefined;
  /** Strikes so many requests in a row from there on. Default 1. Without `every`: the first so many of the window. */
  readonly burst?: number | undefined;
  /** Where the probability has come to at the end of the window, in a straight line. Default: it stays. */
  readonly rampTo?: number | undefined;
  /** What it is drawn for. Default `request`. */
  readonly scope?: FaultScope | undefined;
  /** Which requests it looks at. Default: all. */
  readonly match?: RequestMatch | undefined;
  /** Of a toxic: what Toxiproxy calls its attributes. Default: the toxic's own. */
  readonly attributes?: Readonly<Record<string, number | string>> | undefined;
  /** Of a toxic: `downstream`, the default, is from the target to the client. */
  readonly stream?: 'upstream' | 'downstream' | undefined;
}

/** Pods of the target to be evicted or deleted in mid-run. */
export interface DrillSpec {
  readonly namespace: string;
  /** Labels; all must be there. */
  readonly selector: Readonly<Record<string, string>>;
  readonly mode: 'one' | 'all' | 'fixed' | 'fixed-percent' | 'random-max-percent';
  /** Pods for `fixed`, percent for the percent modes; unused else. */
  readonly value?: number | undefined;
  readonly action: 'evict' | 'delete';
  /** From t = 0. */
  readonly atMs: number;
}

/** What a campaign may do at most. Its target has limits too: the smaller one binds. */
export interface BlastRadius {
  readonly maxRatePerSecond?: number | undefined;
  readonly maxConcurrency?: number | undefined;
  /** From the start of the baseline to the end of the recovery. */
  readonly maxDurationMs?: number | undefined;
  readonly maxPods?: number | undefined;
}
