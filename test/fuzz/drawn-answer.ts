import { FRAMINGS, type AnswerFraming, type RequestHead } from '#libs/testing';
import type { Dice } from './dice.ts';
import type { AnswerWeights } from './weather.ts';

export type AnswerKind = keyof AnswerWeights;

/** One answer as it was begun. */
export interface SentAnswer {
  /** Of the request that it is for. */
  readonly token: string;
  /** Its place among the answers of its server. */
  readonly number: number;
  readonly body: string;
  readonly statusCode: number;
  /** Whether a FIN in the middle looks like its end, so that a reader can't know that something is missing. */
  readonly endsWithFin: boolean;
}

/** An answer, and how it says where it ends. */
export interface DrawnAnswer {
  readonly answer: SentAnswer;
  readonly framing: AnswerFraming;
}

const KEEPING_FRAMINGS = ['length', 'length', 'chunked', 'http-1.0-keep-alive'] as const;

/** @param closingRate how many answers may end their connection */
export function drawAnswer(
  { method }: RequestHead,
  token: string,
  number: number,
  kind: AnswerKind,
  closingRate: number,
  dice: Dice,
): DrawnAnswer {
  const framing = dice.pick(dice.hits(closingRate) ? FRAMINGS : KEEPING_FRAMINGS);
  const isRefusal = kind === 'failing' || (kind === 'early' && dice.hits(0.3));
  const refused = isRefusal ? dice.pick([429, 500, 502, 503, 504]) : undefined;
  const statusCode = refused ?? (dice.hits(0.9) ? 200 : dice.pick([204, 304]));
  const hasBody = method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
  const body = hasBody ? drawBody(`${token}/${number};`, dice) : '';
  const endsWithFin = framing === 'until-close' || framing === 'http-1.0';
  return { answer: { token, number, body, statusCode, endsWithFin }, framing };
}

function drawBody(unit: string, dice: Dice): string {
  const length = dice.hits(0.02) ? dice.whole(60_000, 300_000) : dice.hits(0.1) ? 0 : dice.whole(1, 300);
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}
