import { invalidArgument } from './pooler-error.ts';

/** Returns `value` when it is a number from `min` to `max`; throws `PLR_INVALID_ARGUMENT` when it is not. */
export function numberOption(field: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw invalidArgument(field, value, `a number from ${min} to ${max}`);
}

/** As `numberOption`, for whole numbers only. */
export function wholeOption(field: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidArgument(field, value, `a whole number from ${min} to ${max}`);
}
