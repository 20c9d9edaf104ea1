import { WAIT_MAX_MS } from '../options.ts';
import { STATUS_MAX, STATUS_MIN, readDurationMs, readStatusCode } from '../query-value.ts';
import { replyStatus } from '../reply.ts';
import { type Call, answerLater } from '../routes.ts';

/** A fault that the target itself has. */
export interface TargetFaultType {
  /** One sentence for the reference. */
  readonly summary: string;
  /** What a client sees of it, for the reference: an error code, or what else. */
  readonly seenAs: string;
  readonly magnitude: Magnitude;
  /** Does it to one request. `goOn` answers as if nothing were the matter. */
  readonly carryOut: (call: Call, magnitude: number, goOn: () => void) => void;
}

/** How hard it strikes: milliseconds, or a status code; 0 where there is nothing to say. */
interface Magnitude {
  /** What it must be, as the end of a sentence. */
  readonly allowed: string;
  /** As it is written. Empty for a fault without. */
  readonly fallback: string;
  /** Returns `undefined` for what is not allowed. */
  readonly parse: (text: string) => number | undefined;
}

/** Standing still longer than this, a process looks dead to whoever supervises it, in ms. */
const PAUSE_MAX_MS = 10_000;

/** What the faults of the body answer, instead of the route. */
const BODY = Buffer.from('0123456789');

const NONE: Magnitude = {
  allowed: 'left out',
  fallback: '',
  parse: (text) => (text === '' ? 0 : undefined),
};

/** Every fault of the target, by the name of its type. The reference page is made of it. */
export const TARGET_FAULTS = {
  latency: {
    summary: 'The answer comes that much later.',
    seenAs: 'time, or the code of the limit that it outlasts',
    magnitude: durationTo(WAIT_MAX_MS, '100ms'),
    carryOut: (call, delayMs, goOn) => {
      answerLater(call, delayMs, goOn);
    },
  },
  status: {
    summary: 'The answer is this bare status.',
    seenAs: 'the status',
    magnitude: {
      allowed: `a status code from ${STATUS_MIN} to ${STATUS_MAX}`,
      fallback: '503',
      parse: readStatusCode,
    },
    carryOut: ({ response }, statusCode) => {
      replyStatus(response, statusCode);
    },
  },
  abort: {
    summary: 'The connection is reset (RST) instead of an answer.',
    seenAs: '`PLR_RESET`',
    magnitude: NONE,
    carryOut: ({ request }) => {
      request.socket.resetAndDestroy();
    },
  },
  'slow-body': {
    summary: 'The head comes at once, a body of 10 bytes one after the other within that time.',
    seenAs: 'time, or the code of the limit that it outlasts',
    magnitude: durationTo(WAIT_MAX_MS, '1s'),
    carryOut: (call, lengthMs) => {
      call.response.writeHead(200, { 'content-length': BODY.length }).flushHeaders();
      sendSlowly(call, 0, lengthMs / BODY.length);
    },
  },
  'wrong-length': {
    summary: 'A body of 20 bytes comes with a Content-Length of 10.',
    seenAs: 'an answer of 10 bytes, whose connection must not serve again',
    magnitude: NONE,
    carryOut: ({ response }) => {
      response.writeHead(200, { 'content-length': BODY.length }).end(Buffer.concat([BODY, BODY]));
    },
  },
  'early-close': {
    summary: 'The connection is closed (FIN) after half of the body.',
    seenAs: '`PLR_CLOSED_BY_PEER`',
    magnitude: NONE,
    carryOut: ({ request, response }) => {
      response.writeHead(200, { 'content-length': BODY.length * 2 }).write(BODY, () => {
        request.socket.end();
      });
    },
  },
  pause: {
    summary: 'The whole process stands still for that time, as in a garbage collection; then it answers.',
    seenAs: 'time for all requests, or the code of the limit that it outlasts',
    magnitude: durationTo(PAUSE_MAX_MS, '200ms'),
    carryOut: (_call, lengthMs, goOn) => {
      // Nobody notifies: it waits for as long as that, and the event loop with it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lengthMs);
      goOn();
    },
  },
  crash: {
    summary: 'The process is killed (SIGKILL) and started again: with `every`, after so many requests.',
    seenAs: '`PLR_CLOSED_BY_PEER` or `PLR_RESET`, and `PLR_CONNECT_REFUSED` while it is away',
    magnitude: NONE,
    carryOut: () => {
      process.kill(process.pid, 'SIGKILL');
    },
  },
} as const satisfies Readonly<Record<string, TargetFaultType>>;

export type TargetFaultName = keyof typeof TARGET_FAULTS;

export function isTargetFaultName(name: string): name is TargetFaultName {
  return Object.hasOwn(TARGET_FAULTS, name);
}

function durationTo(maxMs: number, fallback: string): Magnitude {
  return {
    allowed: `a duration from 0ms to ${maxMs / 1_000}s`,
    fallback,
    parse: (text) => readDurationMs(text, maxMs),
  };
}

function sendSlowly(call: Call, index: number, intervalMs: number): void {
  answerLater(call, intervalMs, () => {
    const byte = BODY.subarray(index, index + 1);
    if (index === BODY.length - 1) {
      call.response.end(byte);
      return;
    }
    call.response.write(byte);
    sendSlowly(call, index + 1, intervalMs);
  });
}
