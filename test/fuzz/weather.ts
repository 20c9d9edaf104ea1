/** What a server may do with a request, by weight. */
export interface AnswerWeights {
  readonly whole: number;
  /** Answers in pieces, some time apart. */
  readonly slow: number;
  /** Answers whole, after a time that a breaker may call slow. */
  readonly sluggish: number;
  /** Answers before the request has come in whole, and reads the rest late. */
  readonly early: number;
  /** A failing status: 500, 502, 503, 504 or 429, some with Retry-After. */
  readonly failing: number;
  readonly stalled: number;
  readonly 'stalled-inside': number;
  readonly 'fin-before': number;
  readonly 'reset-before': number;
  readonly 'fin-inside': number;
  readonly 'reset-inside': number;
  readonly garbage: number;
  /** A whole answer, and then one to nobody. */
  readonly 'one-too-many': number;
  /** A whole answer, and then FIN that it had not announced. */
  readonly 'fin-behind': number;
  readonly 'reset-behind': number;
}

/** How a dial may go, by weight. */
export interface DialWeights {
  readonly connects: number;
  readonly slow: number;
  readonly refused: number;
  readonly silent: number;
  readonly 'no-descriptor': number;
  readonly 'no-port': number;
}

/** What the network and the server are like for a while. */
export interface Weather {
  readonly answers: AnswerWeights;
  readonly dials: DialWeights;
  /** How long the server keeps an idle connection: one shorter than the client's idle timeout makes the reuse race. */
  readonly keepAliveMs: number;
}

const FINE_ANSWERS: AnswerWeights = {
  whole: 20,
  slow: 0,
  sluggish: 0,
  early: 0,
  failing: 0,
  stalled: 0,
  'stalled-inside': 0,
  'fin-before': 0,
  'reset-before': 0,
  'fin-inside': 0,
  'reset-inside': 0,
  garbage: 0,
  'one-too-many': 0,
  'fin-behind': 0,
  'reset-behind': 0,
};
const FINE_DIALS: DialWeights = {
  connects: 20,
  slow: 0,
  refused: 0,
  silent: 0,
  'no-descriptor': 0,
  'no-port': 0,
};
const LONG_MS = 600_000;

/** Nothing goes wrong. */
export const CALM: Weather = { answers: FINE_ANSWERS, dials: FINE_DIALS, keepAliveMs: LONG_MS };

export const WEATHERS: Readonly<Record<string, Weather>> = {
  calm: CALM,
  gusty: {
    answers: {
      whole: 40,
      slow: 8,
      sluggish: 2,
      early: 3,
      failing: 3,
      stalled: 1,
      'stalled-inside': 1,
      'fin-before': 2,
      'reset-before': 2,
      'fin-inside': 2,
      'reset-inside': 2,
      garbage: 1,
      'one-too-many': 3,
      'fin-behind': 4,
      'reset-behind': 4,
    },
    dials: { connects: 30, slow: 5, refused: 2, silent: 1, 'no-descriptor': 1, 'no-port': 1 },
    keepAliveMs: 400,
  },
  'closes idle connections': { ...CALM, keepAliveMs: 60 },
  'keeps connections for a while': { ...CALM, keepAliveMs: 150 },
  sluggish: { ...CALM, answers: { ...FINE_ANSWERS, whole: 5, sluggish: 15 } },
  refusing: { ...CALM, dials: { ...FINE_DIALS, connects: 0, slow: 0, refused: 10, silent: 1 } },
  flapping: { ...CALM, dials: { ...FINE_DIALS, connects: 5, refused: 5 } },
  'no descriptors': { ...CALM, dials: { ...FINE_DIALS, connects: 1, 'no-descriptor': 5, 'no-port': 5 } },
  unavailable: { ...CALM, answers: { ...FINE_ANSWERS, whole: 5, failing: 20 } },
  slow: { ...CALM, answers: { ...FINE_ANSWERS, slow: 20 }, dials: { ...FINE_DIALS, slow: 20 } },
  hasty: { ...CALM, answers: { ...FINE_ANSWERS, early: 10 } },
  stalling: { ...CALM, answers: { ...FINE_ANSWERS, whole: 10, stalled: 8, 'stalled-inside': 8 } },
  cutting: {
    answers: { ...FINE_ANSWERS, 'fin-inside': 5, 'reset-inside': 5, 'fin-before': 5, 'reset-before': 5 },
    dials: { ...FINE_DIALS, refused: 5 },
    keepAliveMs: LONG_MS,
  },
};
