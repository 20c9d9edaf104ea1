import type { ErrorCode } from '#libs/kernel';
import type { Verdict } from '../verdict.ts';

/**
 * What there is to know of one type of fault. Each file of this folder is one. When it strikes is not its business:
 * the plan decides that for all of them alike, and asks for the verdict only then.
 */
export interface Fault<Magnitude> {
  /** One sentence for the reference. */
  readonly summary: string;
  /**
   * What the attempt ends with; where the magnitude is a delay, with one that is longer than the limit of what it delays.
   * `undefined` where an answer comes all the same.
   */
  readonly code: ErrorCode | undefined;
  /** What the magnitude is counted in, `none` where the fault has no magnitude. */
  readonly unit: 'ms' | 'status code' | 'none';
  /** What the magnitude may be, as the end of the sentence "the magnitude must be". */
  readonly allowed: string;
  /** The magnitude, as written in a SPEC, where none is given; empty where the fault has none. */
  readonly defaultMagnitude: string;
  /** When it strikes, as written in a SPEC, where that is left out. What goes by count goes by nothing else. */
  readonly defaultWhen: string;
  /** Reads a magnitude as written in a SPEC. Returns `undefined` when it is none. Does not look at the range. */
  parse(text: string): Magnitude | undefined;
  isInRange(magnitude: Magnitude): boolean;
  /** @param draw a uniform float in [0, 1) */
  decide(faultId: string, magnitude: Magnitude, draw: number): Verdict;
}

/** The magnitude of a fault that either happens or does not. */
export type NoMagnitude = null;

export const noMagnitude = {
  unit: 'none',
  allowed: 'left out',
  defaultMagnitude: '',
  parse: (text: string): NoMagnitude | undefined => (text === '' ? null : undefined),
  isInRange: (magnitude: NoMagnitude): boolean => magnitude === null,
} as const;
