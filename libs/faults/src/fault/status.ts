import type { Fault } from './fault.ts';

export interface StatusMagnitude {
  /** A final status code (RFC 9110 section 15), 200 to 599. */
  readonly statusCode: number;
}

export const status: Fault<StatusMagnitude> = {
  summary: 'The response arrives with this status code instead of its own.',
  code: undefined,
  unit: 'status code',
  allowed: 'a status code from 200 to 599, such as 503',
  defaultMagnitude: '503',
  defaultWhen: ':2%',
  parse: (text) => (/^\d{3}$/.test(text) ? { statusCode: Number(text) } : undefined),
  isInRange: ({ statusCode }) => Number.isInteger(statusCode) && statusCode >= 200 && statusCode <= 599,
  decide: (faultId, { statusCode }) => ({ kind: 'status', faultId, statusCode }),
};
