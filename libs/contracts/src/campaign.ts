import { z } from 'zod';
import type { AnyFaultType } from '#libs/campaign';
import { pageOf } from './page.ts';
import { duration, rate } from './quantity.ts';
import { resourceId, resourceName, timestamp } from './resource.ts';
import { MAX_CONCURRENCY, MAX_RATE_PER_SECOND } from './target.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LONGEST_RUN_MS = DAY_MS;
const CHECK_LENGTH = 200;
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const PATH = /^\/[\x21-\x7e]*$/;
const PATH_ALLOWED = "must begin with '/' and hold no spaces";

const ratePerSecond = rate(MAX_RATE_PER_SECOND);
const phaseDuration = duration(0, HOUR_MS);
const stageDuration = duration(1, LONGEST_RUN_MS);
const requestTimeout = duration(1, HOUR_MS);
const count = (max: number) => z.int().min(1).max(max);

/** A header's value, or where the worker finds it: a secret is never stored or shown. */
const headerValue = z.union(
  [
    // RFC 9110 section 5.5; a line break would be the start of another field.
    z
      .string()
      .max(8_000)
      .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be latin1 text without control characters'),
    z.strictObject({ secretRef: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/) }),
  ],
  "must be a text or { secretRef: 'NAME' }",
);

/** Those that frame the message or switch the connection are Pooler's own. */
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a token (RFC 9110 section 5.6.2)')
  .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), {
    error: ({ input }) => `must not be ${String(input)}, which Pooler sets itself`,
  });

const request = z.strictObject({
  method: z.enum(METHODS).default('GET'),
  path: z.string().max(4_000).regex(PATH, PATH_ALLOWED).default('/'),
  headers: z.record(headerName, headerValue).default({}),
  body: z.string().max(1_000_000).optional(),
  idempotent: z.boolean().optional(),
});

const scenarioName = resourceName.describe('Unique in the campaign; faults are drawn by it.');

const openScenario = z.strictObject({
  name: scenarioName,
  model: z.literal('open').describe('Arrivals at a rate, whatever the target does.'),
  startRate: ratePerSecond.optional().describe("Where the first stage begins. Default: that stage's target."),
  stages: z
    .array(z.strictObject({ duration: stageDuration, target: ratePerSecond }))
    .min(1)
    .max(50)
    .describe('Each goes in a straight line from the rate before it to its target.'),
  request,
});

const closedScenario = z.strictObject({
  name: scenarioName,
  model: z.literal('closed').describe('A number of clients, each sending when its last answer is there.'),
  concurrency: count(MAX_CONCURRENCY),
  duration: stageDuration.optional(),
  requests: count(100_000_000).optional(),
  request,
});

const faultType = z.enum({
  crash: 'crash',
  latency: 'latency',
  timeout: 'timeout',
  reset: 'reset',
  drop: 'drop',
  status: 'status',
  'connect-refused': 'connect-refused',
  'connect-slow': 'connect-slow',
  dns: 'dns',
  tls: 'tls',
  'checkout-stall': 'checkout-stall',
  'dead-as-alive': 'dead-as-alive',
  'alive-as-dead': 'alive-as-dead',
  'write-stall': 'write-stall',
  'reset-head': 'reset-head',
  'reset-body': 'reset-body',
  'slow-read': 'slow-read',
  truncate: 'truncate',
  'corrupt-head': 'corrupt-head',
  'corrupt-body': 'corrupt-body',
  abort: 'abort',
  'slow-body': 'slow-body',
  'wrong-length': 'wrong-length',
  'early-close': 'early-close',
  pause: 'pause',
  down: 'down',
  bandwidth: 'bandwidth',
  slow_close: 'slow_close',
  reset_peer: 'reset_peer',
  slicer: 'slicer',
  limit_data: 'limit_data',
  http_latency: 'http_latency',
  http_status: 'http_status',
  http_reset: 'http_reset',
} as const satisfies { readonly [Type in AnyFaultType]: Type });

const fault = z.strictObject({
  id: resourceName.describe('Unique in the campaign; its draws depend on it.'),
  type: faultType.describe('Which there are hangs on where.'),
  where: z.enum(['client', 'proxy', 'target']),
  magnitude: z
    .union([z.string().max(100), z.number()])
    .optional()
    .describe("A status such as 503, or '50ms', '50ms~10ms'. Default: the type's."),
  probability: z.number().min(0).max(1).optional().describe('For each attempt. Default: 1.'),
  every: count(1_000_000_000).optional().describe('Each k-th request instead of a probability.'),
  burst: count(1_000_000_000)
    .optional()
    .describe('How many requests in a row instead of a probability; with every, each time.'),
  rampTo: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Where the probability has come to at the end of the window. Default: it stays.'),
  scope: z
    .enum(['request', 'connection', 'origin'])
    .optional()
    .describe('What it is drawn for: each attempt, each connection, or the target. Default: request.'),
  match: z
    .strictObject({
      method: z.enum(METHODS).optional(),
      path: z
        .string()
        .max(1_000)
        .regex(PATH, PATH_ALLOWED)
        .optional()
        .describe('The start of path and query.'),
    })
    .optional()
    .describe('Which requests it looks at. Default: all.'),
  attributes: z
    .record(z.string().max(50), z.union([z.number(), z.string().max(1_000)], 'must be a number or a text'))
    .optional()
    .describe("Of a fault of the proxy: its toxic's. Default: the toxic's own."),
  stream: z
    .enum(['upstream', 'downstream'])
    .optional()
    .describe('Of a fault of the proxy. Default: downstream.'),
  fromRequest: z.int().min(0).optional().describe('The first request that it may strike.'),
  requests: count(1_000_000_000).optional().describe('How many requests from there on it may strike.'),
  start: duration(0, LONGEST_RUN_MS).optional().describe("From t = 0. Default '0s'."),
  duration: stageDuration.optional().describe('Default: to the end of the stages.'),
});

const drill = z.strictObject({
  namespace: z.string().max(63),
  selector: z.record(z.string(), z.string()),
  mode: z.enum(['one', 'all', 'fixed', 'fixed-percent', 'random-max-percent']).default('one'),
  value: z.int().min(1).optional().describe('For the modes with a number.'),
  action: z.enum(['evict', 'delete']),
  at: duration(0, LONGEST_RUN_MS),
});

const policies = z.strictObject({
  pool: z.strictObject({ maxConnections: count(MAX_CONCURRENCY).optional() }).optional(),
  retry: z
    .union(
      [z.literal(false), z.strictObject({ attempts: z.int().min(1).max(100).optional() })],
      'must be false or { attempts: 1 to 100 }',
    )
    .optional(),
  breaker: z
    .union(
      [
        z.literal(false),
        z.strictObject({
          failureRate: z.number().min(0).max(1).optional(),
          open: duration(1, HOUR_MS).optional().describe('How long it stays open the first time.'),
        }),
      ],
      "must be false or { failureRate: 0 to 1, open: '1s' }",
    )
    .optional(),
  timeout: requestTimeout.default(1_000).describe("For each attempt. Default '1s'."),
  deadline: requestTimeout.default(10_000).describe("For each request in all. Default '10s'."),
});

/** A campaign as people write it: what to send where, which faults to inject, and what must hold. */
export const campaignDocument = z
  .strictObject({
    name: resourceName,
    target: resourceName.describe('The name of an allow-listed target.'),
    seed: z.int().min(0).optional().describe('Default: drawn for each run.'),
    policies: policies.default({ timeout: 1_000, deadline: 10_000 }),
    phases: z
      .strictObject({ baseline: phaseDuration.default(0), recovery: phaseDuration.default(0) })
      .default({ baseline: 0, recovery: 0 }),
    scenarios: z
      .array(z.discriminatedUnion('model', [openScenario, closedScenario]))
      .min(1)
      .max(20),
    faults: z.array(fault).max(50).default([]),
    drill: drill.optional(),
    checks: z.array(z.string().max(CHECK_LENGTH)).max(50).default([]),
    guardrails: z.array(z.string().max(CHECK_LENGTH)).max(20).default([]),
    blastRadius: z
      .strictObject({
        maxRate: ratePerSecond.optional(),
        maxConcurrency: count(MAX_CONCURRENCY).optional(),
        maxDuration: stageDuration.optional(),
        maxPods: count(1_000).optional(),
      })
      .default({}),
  })
  .meta({ id: 'CampaignDocument' });

/** The document as it was written. */
export type CampaignDocument = z.input<typeof campaignDocument>;
/** The document as it was read: defaults filled in, durations in milliseconds, rates in arrivals per second. */
export type ParsedCampaign = z.output<typeof campaignDocument>;

export const campaign = z
  .strictObject({
    ...campaignDocument.shape,
    id: resourceId('cmp'),
    version: z.int().min(1),
    createdAt: timestamp,
  })
  .meta({ id: 'Campaign' });

export type Campaign = z.input<typeof campaign>;

export const campaignPage = pageOf('CampaignPage', campaign);

export type CampaignPage = z.input<typeof campaignPage>;

/** What `POST /campaigns:validate` says of a campaign that it does not refuse. */
export const validation = z.strictObject({ valid: z.literal(true) }).meta({ id: 'Validation' });

export type Validation = z.output<typeof validation>;
