import { Option } from 'commander';
import { invalidArgument } from '#libs/kernel';
import type { Kind } from './kinds.ts';

/** One flag: its line in `--help`, and how its value is read. Its name is its key in its table. */
export interface Flag<T> {
  readonly summary: string;
  /** Stands for the value in `--help`; `undefined` for a switch, which has none. */
  readonly placeholder: string | undefined;
  /** What the value must be. */
  readonly allowed: string;
  /** The value when the flag is not given. */
  readonly initial: T;
  /** @throws PoolerError `PLR_INVALID_ARGUMENT` that names the flag, the text and what is allowed. */
  read(name: string, text: string, previous: T): T;
}

/** Flags by their name in camel case: `maxIdle` is `--max-idle`. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

/** What the flags of a table give. */
export type ValuesOf<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends Flag<infer T> ? T : never;
};

/** A flag that may be left out; `otherwise` says in `--help` what holds then. */
export function optional<T>(kind: Kind<T>, summary: string, otherwise = ''): Flag<T | undefined> {
  const read = (name: string, text: string): T => valueOf(kind, name, text);
  return describe(kind, summary, otherwise, undefined, read);
}

/** A flag with a default, which is written as the user would write it. */
export function withDefault<T>(kind: Kind<T>, summary: string, standard: string): Flag<T> {
  const read = (name: string, text: string): T => valueOf(kind, name, text);
  return describe(kind, summary, `default ${standard}`, read('default', standard), read);
}

/** A flag that may be given several times. */
export function repeatable<T>(kind: Kind<T>, summary: string): Flag<readonly T[]> {
  const read = (name: string, text: string, previous: readonly T[]): readonly T[] => [
    ...previous,
    valueOf(kind, name, text),
  ];
  return describe(kind, summary, 'repeatable', [], read);
}

/** A flag without a value. */
export function toggle(summary: string): Flag<boolean> {
  return {
    summary,
    placeholder: undefined,
    allowed: 'given without a value',
    initial: false,
    read: () => true,
  };
}

/** `maxIdle` -> `--max-idle`. */
export function flagName(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The flag as commander knows it. */
export function optionOf<T>(key: string, flag: Flag<T>): Option {
  const name = flagName(key);
  if (flag.placeholder === undefined) return new Option(name, flag.summary).default(flag.initial);
  return new Option(`${name} <${flag.placeholder}>`, flag.summary)
    .default(flag.initial)
    .argParser((text: string, previous: T) => flag.read(name, text, previous));
}

function valueOf<T>(kind: Kind<T>, name: string, text: string): T {
  const value = kind.parse(text);
  if (value === undefined) throw invalidArgument(name, text, kind.allowed);
  return value;
}

function describe<T>(
  { placeholder, range, allowed }: Kind<unknown>,
  summary: string,
  note: string,
  initial: T,
  read: Flag<T>['read'],
): Flag<T> {
  const notes = [range, note].filter((part) => part !== '').join('; ');
  return { summary: notes === '' ? summary : `${summary} (${notes})`, placeholder, allowed, initial, read };
}
