import { invalidArgument, type Rng } from '#libs/kernel';

import { WAIT_MAX_MS } from './options.ts';
import { STATUS_MAX, STATUS_MIN, readDurationMs, readStatusCode } from './query-value.ts';

/** One of several outcomes, drawn with `percent` (> 0, at most 100). */
interface Weighted {
  readonly value: number;
  readonly percent: number;
}

/** What a request asks to suffer: at most one delay and one status, each drawn by its own weights. */
export interface WeightedFaults {
  readonly delaysMs: readonly Weighted[];
  readonly statusCodes: readonly Weighted[];
}

/** What one request suffers. */
export interface DrawnFaults {
  readonly delayMs: number;
  /** Answered instead of the route's own answer. */
  readonly statusCode: number | undefined;
}

/** What adding up decimal percents may be off by. */
const ROUNDING = 1e-9;

const NO_FAULTS: WeightedFaults = { delaysMs: [], statusCodes: [] };

/**
 * Reads the faults in a query: `status=503:10,404:5&delay=10ms:5`. The weights are percents, a missing one is 100, and
 * what they leave of 100 is healthy: the grammar of Fortio's echo server. Other fields of the query are not ours.
 *
 * Throws `PLR_INVALID_ARGUMENT` that names the field.
 */
export function parseWeightedFaults(query: string): WeightedFaults {
  if (query === '') return NO_FAULTS;
  const fields = new URLSearchParams(query);
  return {
    delaysMs: parseList('delay', fields, 'DURATION[:PERCENT] with durations from 0ms to 60s', (text) =>
      readDurationMs(text, WAIT_MAX_MS),
    ),
    statusCodes: parseList(
      'status',
      fields,
      `CODE[:PERCENT] with codes from ${STATUS_MIN} to ${STATUS_MAX}`,
      readStatusCode,
    ),
  };
}

/** Draws what one request suffers. Draws once for each field that the query names, the delay first. */
export function drawFaults(faults: WeightedFaults, rng: Rng): DrawnFaults {
  return { delayMs: draw(faults.delaysMs, rng) ?? 0, statusCode: draw(faults.statusCodes, rng) };
}

function draw(choices: readonly Weighted[], rng: Rng): number | undefined {
  if (choices.length === 0) return undefined;
  let roll = rng.next() * 100;
  for (const { value, percent } of choices) {
    if (roll < percent) return value;
    roll -= percent;
  }
  return undefined;
}

function parseList(
  field: string,
  fields: URLSearchParams,
  grammar: string,
  readValue: (text: string) => number | undefined,
): readonly Weighted[] {
  const text = fields.getAll(field).join(',');
  if (!fields.has(field)) return [];
  const choices: Weighted[] = [];
  let percentInAll = 0;
  for (const part of text.split(',')) {
    const [, valueText = '', percentText = '100'] = /^([^:]+)(?::(\d+(?:\.\d+)?))?$/.exec(part) ?? [];
    const value = readValue(valueText);
    const percent = Number(percentText);
    percentInAll += percent;
    if (value === undefined || percent === 0 || percentInAll > 100 + ROUNDING) {
      throw invalidArgument(
        field,
        text,
        `a comma list of ${grammar} and percents above 0, 100 at most in all`,
      );
    }
    choices.push({ value, percent });
  }
  return choices;
}
