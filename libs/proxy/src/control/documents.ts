import { z } from 'zod';
import { REFUSALS } from '../api-error.ts';
import type { PopulateEntry } from '../proxy-set.ts';
import type { Direction, ToxicChange, ToxicParts } from '../toxic.ts';
import { toxicType } from '../toxic/catalogue.ts';
import type { Configured } from '../toxic/define-toxic.ts';

const TEXT_MAX = 500;

const text = z.string('must be a text').max(TEXT_MAX, `must be a text of at most ${TEXT_MAX} characters`);
const flag = z.boolean('must be true or false');
const number = z.number('must be a number');

/** One hour, in ms, like that of a target's fault. */
const TTL_MAX_MS = 3_600_000;
const TTL_RANGE = `must be a whole number of ms from 1 to ${TTL_MAX_MS}`;
const ttl = z.int(TTL_RANGE).min(1, TTL_RANGE).max(TTL_MAX_MS, TTL_RANGE).optional();

/** Fields that are not named are left aside, as Toxiproxy does: clients send back what they once got. */
const proxyFields = z.object(
  {
    name: text.default(''),
    listen: text.default(''),
    upstream: text.default(''),
    enabled: flag.default(true),
  },
  'must be an object',
);

const proxyChange = z.object({
  listen: text.optional(),
  upstream: text.optional(),
  enabled: flag.optional(),
  ttl,
});

const toxicFields = z.object(
  {
    name: text.default(''),
    type: text.default(''),
    stream: text.default('downstream'),
    toxicity: number.default(1),
    ttl,
    attributes: z.record(z.string(), z.unknown(), 'must be an object').default({}),
  },
  'must be an object',
);

const toxicChange = z.object(
  {
    toxicity: number.optional(),
    ttl,
    attributes: z.record(z.string(), z.unknown(), 'must be an object').default({}),
  },
  'must be an object',
);

/** @throws ApiError 400 */
export function readProxy(body: unknown): PopulateEntry {
  const proxy = parsed(proxyFields, body);
  if (proxy.name === '') throw REFUSALS.missingField('name');
  if (proxy.upstream === '') throw REFUSALS.missingField('upstream');
  return proxy;
}

/** @throws ApiError 400 */
export function readProxies(body: unknown): readonly PopulateEntry[] {
  const proxies = parsed(z.array(proxyFields, 'must be a list of proxies'), body);
  for (const [index, { name, upstream }] of proxies.entries()) {
    if (name === '') throw REFUSALS.missingField(`name at proxy ${index + 1}`);
    if (upstream === '') throw REFUSALS.missingField(`upstream at proxy ${index + 1}`);
  }
  return proxies;
}

/** @throws ApiError 400 */
export function readProxyChange(body: unknown): z.output<typeof proxyChange> {
  return parsed(proxyChange, body);
}

/** @throws ApiError 400 */
export function readToxic(body: unknown): ToxicParts {
  const { name, type, stream, toxicity, ttl: ttlMs, attributes } = parsed(toxicFields, body);
  const direction = readDirection(stream);
  const toxic = toxicType(type);
  if (!toxic) throw REFUSALS.invalidToxicType();
  const configured = inWords('attributes', () => toxic.configure(attributes));
  return { name: name || `${type}_${stream}`, type, stream, direction, toxicity, ttlMs, configured };
}

/** Changes a toxic; nothing is changed when a value is refused. @throws ApiError 400 */
export function readToxicChange(body: unknown): ToxicChange {
  const { toxicity, ttl: ttlMs, attributes } = parsed(toxicChange, body);
  return { toxicity, ttlMs, attributes };
}

/** Runs what reads the attributes of a toxic. @throws ApiError 400 that names the attribute */
export function inWords<T extends Configured | void>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof z.ZodError) throw REFUSALS.badBody(sentenceOf(error, field));
    throw error;
  }
}

function readDirection(stream: string): Direction {
  const direction = stream.toLowerCase();
  if (direction === 'upstream' || direction === 'downstream') return direction;
  throw REFUSALS.invalidStream();
}

function parsed<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw REFUSALS.badBody(sentenceOf(result.error));
}

/** The first thing that is wrong, with the path to it. */
function sentenceOf({ issues }: z.ZodError, within = ''): string {
  const [issue] = issues;
  const path = [within, ...(issue?.path ?? [])].filter((part) => part !== '').join('.');
  return `${path || 'it'} ${issue?.code === 'unrecognized_keys' ? unknownKeys(issue.keys) : (issue?.message ?? '')}`;
}

function unknownKeys(keys: readonly string[]): string {
  return `has no field ${JSON.stringify(keys[0])}`;
}
