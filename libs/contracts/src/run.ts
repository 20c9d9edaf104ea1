import { z } from 'zod';
import { pageOf } from './page.ts';
import { reason, resourceId, timestamp } from './resource.ts';

/** Where a run is. The last three are final. */
export const runState = z.enum([
  'queued',
  'preparing',
  'baseline',
  'running',
  'draining',
  'recovering',
  'completed',
  'aborted',
  'errored',
]);

export type RunState = z.output<typeof runState>;

/** What a run says of the system: `fail` is the system's, `error` is ours, `inconclusive` proves nothing. */
export const runVerdict = z.enum(['pending', 'pass', 'fail', 'inconclusive', 'error']);

export type RunVerdict = z.output<typeof runVerdict>;

/** `POST /campaigns/{id}/runs`. */
export const newRun = z
  .strictObject({
    seed: z.int().min(0).optional().describe("Default: the campaign's, else one is drawn."),
    dryRun: z.boolean().default(false).describe('Make the whole plan and send nothing.'),
    reason: reason.optional(),
  })
  .meta({ id: 'NewRun' })
  .prefault({});

export type NewRun = z.output<typeof newRun>;

/** `POST /runs/{id}/abort`. `graceful` lets requests in flight end, `now` cuts them. */
export const abortRequest = z
  .strictObject({ reason: reason.optional(), mode: z.enum(['graceful', 'now']).default('graceful') })
  .meta({ id: 'AbortRequest' })
  .prefault({});

export type AbortRequest = z.output<typeof abortRequest>;

const count = z.int().min(0);
const milliseconds = z.number().min(0);

/** The numbers of a run over baseline, stages and recovery. */
export const runSummary = z
  .strictObject({
    requests: count.describe('Requests that are over.'),
    ok: count,
    failed: count,
    surfaced: count.describe('Failures that reached the caller after something was sent.'),
    attempts: count,
    retries: count,
    circuitOpens: count,
    arrivals: count.describe('Of the open model, sent.'),
    missed: count.describe('Arrivals that the plan had and that were not sent.'),
    latencyMs: z
      .strictObject({
        p50: milliseconds,
        p90: milliseconds,
        p99: milliseconds,
        p999: milliseconds,
        mean: milliseconds,
      })
      .optional()
      .describe('From the intended start; missing where nothing finished.'),
    attribution: z
      .record(z.string(), count)
      .describe("Requests by cause and outcome, such as 'injected/after-retry'."),
    errors: z.record(z.string(), count).describe('Failures of attempts by code, or HTTP_503.'),
  })
  .meta({ id: 'RunSummary' });

export type RunSummary = z.output<typeof runSummary>;

const unit = z.enum(['ms', 'ratio']).describe('Of the values: milliseconds, or a share (0.01 is 1 %).');

export const checkResult = z
  .strictObject({
    check: z.string(),
    state: z.enum(['pass', 'fail', 'inconclusive']),
    actual: z.number().optional(),
    bound: z.number().optional(),
    unit,
    samples: count.describe('Finished requests that the actual value stands on.'),
    margin: z.number().optional().describe('How far it is from the bound; above 0 on the right side of it.'),
    reason: z.string().optional().describe('Why it is inconclusive.'),
  })
  .meta({ id: 'CheckResult' });

export type CheckResult = z.output<typeof checkResult>;

export const guardrailResult = z
  .strictObject({
    guardrail: z.string(),
    trippedBy: z.number().optional().describe('The value that ended the run.'),
    unit,
  })
  .meta({ id: 'GuardrailResult' });

export const faultResult = z
  .strictObject({
    id: z.string(),
    type: z.string(),
    where: z.enum(['client', 'proxy', 'target']),
    startMs: milliseconds,
    endMs: milliseconds,
    expectedHits: count.optional().describe('Missing where that hangs on the answers.'),
    hits: count.optional().describe('Attempts that it struck, as far as that was counted.'),
    detectedMs: milliseconds
      .nullable()
      .optional()
      .describe(
        'When the first attempt ended that it struck, or, of proxy and target, that failed organically while it was in force; from t = 0. null where none was seen, missing until the run has ended.',
      ),
    recoveredMs: milliseconds
      .nullable()
      .optional()
      .describe(
        'From when on, after its end, no request was affected for 2 s; from t = 0, to a tenth of a second. null where that was not seen, missing until the run has ended.',
      ),
  })
  .meta({ id: 'FaultResult' });

export type FaultResult = z.output<typeof faultResult>;

export const run = z
  .strictObject({
    id: resourceId('run'),
    campaignId: resourceId('cmp'),
    campaignName: z.string(),
    target: z.string(),
    createdAt: timestamp,
    startedAt: timestamp.optional().describe('t = 0, the end of the baseline.'),
    endedAt: timestamp.optional(),
    state: runState,
    verdict: runVerdict,
    seed: z.int(),
    dryRun: z.boolean(),
    digest: z.string().describe('Of the fault verdicts on the first attempts of all planned requests.'),
    replay: z
      .enum(['full', 'partial'])
      .describe('Whether the same seed gives exactly the same faults again.'),
    reason: z.string().optional(),
    abortedBy: z.enum(['user', 'lever', 'guardrail', 'signal', 'lease-lost']).optional(),
    error: z.string().optional().describe('Why the run errored.'),
    scheduleId: resourceId('sch').optional(),
    plan: z.record(z.string(), z.unknown()).describe('What is to be sent, and when.'),
    summary: runSummary.nullable().describe('null until the run has ended.'),
    checks: z.array(checkResult),
    guardrails: z.array(guardrailResult),
    faults: z.array(faultResult),
    drill: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Run' });

export type Run = z.output<typeof run>;

export const runPage = pageOf('RunPage', run);

export const reportQuery = z.strictObject({ format: z.enum(['json', 'junit', 'csv']).default('json') });

export type ReportQuery = z.output<typeof reportQuery>;
