import { z } from 'zod';
import { pageOf } from './page.ts';
import { rate } from './quantity.ts';
import { resourceId, resourceName, timestamp } from './resource.ts';

/** No target may be sent more than this, whatever it allows. */
export const MAX_RATE_PER_SECOND = 100_000;
export const MAX_CONCURRENCY = 10_000;

/** An http or https address without credentials, query or fragment. */
const httpUrl = z
  .string()
  .max(2_000)
  .superRefine((text, context) => {
    const url = URL.parse(text);
    const isPlain =
      url !== null &&
      (url.protocol === 'http:' || url.protocol === 'https:') &&
      url.username === '' &&
      url.password === '' &&
      url.search === '' &&
      url.hash === '';
    if (isPlain) return;
    context.addIssue({
      code: 'custom',
      message: `must be an http or https URL without credentials, query and fragment, got ${JSON.stringify(text)}`,
    });
  });

/** `POST /targets`: an entry of the allow-list. Nothing else is ever sent to. */
export const newTarget = z
  .strictObject({
    name: resourceName.describe('How campaigns call it; unique.'),
    baseUrl: httpUrl.describe('Where requests go; a path in it comes before each request path.'),
    maxRate: rate(MAX_RATE_PER_SECOND),
    maxConcurrency: z.int().min(1).max(MAX_CONCURRENCY),
    faults: z.boolean().default(false).describe('Whether campaigns may inject faults.'),
    drills: z.boolean().default(false).describe('Whether campaigns may delete its pods.'),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe('Whether it may resolve to a private or loopback address. Link-local never may.'),
    controlUrl: httpUrl.optional().describe("The control port of the target's supervisor."),
    proxy: z
      .strictObject({ controlUrl: httpUrl, name: resourceName })
      .optional()
      .describe('The fault proxy before the target.'),
  })
  .meta({ id: 'NewTarget' });

/** A target as it was posted. */
export type NewTargetDocument = z.input<typeof newTarget>;
export type NewTarget = z.output<typeof newTarget>;

/** A target as it was posted, with its defaults filled in. */
export const target = z
  .strictObject({
    id: resourceId('tgt'),
    createdAt: timestamp,
    name: resourceName,
    baseUrl: z.string(),
    maxRate: z.string(),
    maxConcurrency: z.int(),
    faults: z.boolean(),
    drills: z.boolean(),
    allowPrivate: z.boolean(),
    controlUrl: z.string().optional(),
    proxy: z.strictObject({ controlUrl: z.string(), name: z.string() }).optional(),
  })
  .meta({ id: 'Target' });

export type Target = z.output<typeof target>;

export const targetPage = pageOf('TargetPage', target);
