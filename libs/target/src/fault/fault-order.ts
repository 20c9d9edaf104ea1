import { invalidArgument, parseDurationMs } from '#libs/kernel';

import { isTargetFaultName, TARGET_FAULTS, type TargetFaultName } from './catalogue.ts';

/** When a fault strikes the requests that it is aimed at. */
export type Occurrence =
  /** Each with this probability, from 0 to 1. */
  | { readonly kind: 'chance'; readonly probability: number }
  /** The k-th, the 2k-th and so on. */
  | { readonly kind: 'every'; readonly count: number }
  /** Only so many, from the first on. */
  | { readonly kind: 'first'; readonly count: number };

/** A fault to install. Plain JSON: a supervisor hands it to its child. */
export interface FaultOrder {
  /** A name of the caller's own: one in force by it is replaced. Default: its type, with a number where that is taken. */
  readonly id?: string | undefined;
  readonly type: TargetFaultName;
  /** Milliseconds or a status code, as its type has it; 0 where there is nothing to say. */
  readonly magnitude: number;
  readonly occurrence: Occurrence;
  /** Strikes requests with this method only. */
  readonly method?: string | undefined;
  /** Strikes requests of this path only, whatever their query. */
  readonly path?: string | undefined;
  /** It ends by itself after that, whatever becomes of whoever installed it: 1 to 3,600,000. */
  readonly ttlMs: number;
}

const FIELDS: readonly string[] = [
  'id',
  'type',
  'magnitude',
  'probability',
  'every',
  'first',
  'method',
  'path',
  'ttl',
];
const TTL_MAX_MS = 3_600_000;

/**
 * Reads `type=latency&magnitude=50ms&probability=0.1&path=/health&ttl=10s`. Instead of a probability, whose default is 1,
 * `every=K` or `first=N`. The time to live must be given; an `id` may be.
 *
 * Throws `PLR_INVALID_ARGUMENT` that names the field.
 */
export function parseFaultOrder(query: string): FaultOrder {
  const fields = new URLSearchParams(query);
  for (const name of fields.keys()) {
    if (!FIELDS.includes(name)) throw invalidArgument('a field', name, `one of ${FIELDS.join(', ')}`);
  }
  const text = (name: string): string | undefined => fields.get(name) ?? undefined;
  const type = text('type') ?? '';
  if (!isTargetFaultName(type)) {
    throw invalidArgument('type', type, `one of ${Object.keys(TARGET_FAULTS).join(', ')}`);
  }
  const { magnitude } = TARGET_FAULTS[type];
  const id = text('id');
  if (id !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(id)) {
    throw invalidArgument('id', id, 'up to 63 letters, digits, dots, underscores and hyphens');
  }
  return {
    ...(id !== undefined && { id }),
    type,
    magnitude: read('magnitude', text('magnitude') ?? magnitude.fallback, magnitude.allowed, magnitude.parse),
    occurrence: readOccurrence(text),
    method: text('method'),
    path: text('path'),
    ttlMs: read('ttl', text('ttl') ?? '', 'a duration from 1ms to 1h', readTtlMs),
  };
}

function readOccurrence(text: (name: string) => string | undefined): Occurrence {
  const [probability, every, first] = [text('probability'), text('every'), text('first')];
  if ([probability, every, first].filter((given) => given !== undefined).length > 1) {
    throw invalidArgument('probability', probability, 'given alone, as must every and first');
  }
  const allowed = 'a whole number from 1 to 1000000000';
  if (every !== undefined) return { kind: 'every', count: read('every', every, allowed, readCount) };
  if (first !== undefined) return { kind: 'first', count: read('first', first, allowed, readCount) };
  const share = read('probability', probability ?? '1', 'a number from 0 to 1', readProbability);
  return { kind: 'chance', probability: share };
}

function read<T>(field: string, text: string, allowed: string, parse: (text: string) => T | undefined): T {
  const value = parse(text);
  if (value === undefined) throw invalidArgument(field, text, allowed);
  return value;
}

function readCount(text: string): number | undefined {
  const count = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= 1_000_000_000 ? count : undefined;
}

function readProbability(text: string): number | undefined {
  const probability = /^\d(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
  return probability <= 1 ? probability : undefined;
}

function readTtlMs(text: string): number | undefined {
  const ttlMs = parseDurationMs(text);
  return ttlMs !== undefined && ttlMs >= 1 && ttlMs <= TTL_MAX_MS ? ttlMs : undefined;
}
