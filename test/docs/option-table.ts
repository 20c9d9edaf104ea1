import { expect } from 'vitest';
import { membersOf } from './declared.ts';
import { code, lowered, table } from './markdown.ts';

/** How a doc comment of an option ends. */
const FORM =
  /^(?<meaning>.+?) Default (?<fallback>[^;]+?)(?:; range (?<range>.+?))?\. Source: (?<source>.+?)\.?$/s;
const FORM_IN_WORDS =
  "'Default VALUE; range LOW to HIGH. Source: WHERE THE DEFAULT COMES FROM.', the range only for numbers";

export interface Options {
  /** Where an interface of options is declared. */
  readonly file: string;
  readonly owner: string;
  /** Before each name, for options in an object of their own: `backoff.`. */
  readonly prefix?: string;
  /** Those that another table has. */
  readonly without?: readonly string[];
  /** The code's own check: throws where this one option is out of range, and may return them all with their defaults. */
  readonly resolve?: (name: string, value: unknown) => unknown;
}

/**
 * The options of one interface, from their doc comments. Those that are numbers are tried: default and range must be what
 * the code takes for it.
 */
export function optionTable(...sources: readonly Options[]): string {
  return table(['option', 'what it does', 'unit', 'default', 'range', 'source'], sources.flatMap(rowsOf));
}

function rowsOf({ file, owner, prefix = '', without = [], resolve }: Options): string[][] {
  return membersOf(file, owner, without).map(({ name, type, doc, place }) => {
    const { meaning = '', fallback = '', range = '', source = '' } = FORM.exec(doc)?.groups ?? {};
    if (meaning === '')
      throw new Error(`${place} lacks its line: its doc comment must end with ${FORM_IN_WORDS}`);
    const path = `${prefix}${name}`;
    if (type === 'number' && range === '')
      throw new Error(`${place} is a number without a range: its doc comment must end with ${FORM_IN_WORDS}`);
    const isWhole =
      type === 'number' && resolve ? isHeldToCode(place, path, fallback, range, resolve) : false;
    const shownRange = isWhole ? `${range}, whole` : range || '–';
    return [code(path), lowered(meaning), unitOf(name, type), fallback, shownRange, source];
  });
}

/** What a doc comment says of a number must be what the code does with it. Returns whether the code wants a whole one. */
function isHeldToCode(
  place: string,
  path: string,
  fallback: string,
  range: string,
  resolve: NonNullable<Options['resolve']>,
): boolean {
  let refusal = '';
  try {
    resolve(path, Number.NaN);
  } catch (error) {
    refusal = String(error);
  }
  const [, low, high] = /from (\S+) to ([^\s,]+), got NaN/.exec(refusal) ?? [];
  expect(low, `the code refuses ${place} with its range, not with ${JSON.stringify(refusal)}`).toBeDefined();
  const [lowSaid = '', highSaid = ''] = range.split(' to ');
  for (const [said, real] of [
    [lowSaid, low],
    [highSaid, high],
  ] as const) {
    // One limit may be another option.
    if (/^\d/.test(said)) expect(numberIn(said), `the range of ${place}`).toBe(Number(real));
  }
  const resolved = resolve(path, undefined);
  if (resolved !== undefined && /^\d/.test(fallback)) {
    const real = path.split('.').reduce((at: unknown, key) => Object(at)[key], resolved);
    expect(numberIn(fallback), `the default of ${place}`).toBe(real);
  }
  return refusal.includes('a whole number');
}

function numberIn(text: string): number {
  return Number(/^[\d.,]+/.exec(text)?.[0].replaceAll(',', ''));
}

function unitOf(name: string, type: string): string {
  if (name.endsWith('Ms')) return 'ms';
  if (name.endsWith('Rate')) return 'share';
  return type === 'number' ? 'count' : '–';
}

/** `a.b` as an object in an object. */
export function nested(name: string, value: unknown): Record<string, unknown> {
  const [first = '', second] = name.split('.');
  return { [first]: second === undefined ? value : { [second]: value } };
}
