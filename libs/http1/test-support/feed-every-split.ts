import { ProtocolViolation, ResponseParser, type ParserLimits, type ViolationReason } from '../src/index.ts';

/** One response as it was heard. */
export interface Heard {
  readonly statusCode: number;
  readonly statusText: string;
  readonly httpMinor: 0 | 1;
  readonly rawHeaders: readonly string[];
  body: string;
  rawTrailers: readonly string[];
  contentLength: number | undefined;
  keepAlive: boolean;
  isComplete: boolean;
}

/** All that came of some input. */
export interface Reading {
  /** Informational responses and final ones, in order. */
  readonly heard: Heard[];
  /** Why the parser refused to read on. */
  violation?: ViolationReason;
  /** How many bytes belonged to the responses. */
  eaten: number;
}

export interface FeedOptions {
  /** The methods of the requests; one response is expected for each. Default one GET. */
  readonly methods?: readonly string[];
  readonly limits?: ParserLimits;
  /** Whether a FIN follows the bytes. Default false. */
  readonly thenFin?: boolean;
}

/**
 * Feeds `input` whole, cut in two at every place, and byte by byte. Throws when the cut makes any difference; otherwise
 * returns what came of it.
 */
export function feedEverySplit(input: string | Buffer, options: FeedOptions = {}): Reading {
  const bytes = typeof input === 'string' ? Buffer.from(input, 'latin1') : input;
  const whole = feed([bytes], options);
  const expected = JSON.stringify(whole);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const reading = feed([bytes.subarray(0, cut), bytes.subarray(cut)], options);
    assertSame(reading, expected, `cut at ${cut}`);
  }
  const single = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
  assertSame(feed(single, options), expected, 'byte by byte');
  return whole;
}

function assertSame(reading: Reading, expected: string, how: string): void {
  const actual = JSON.stringify(reading);
  if (actual !== expected) throw new Error(`${how}: ${actual}\ninstead of: ${expected}`);
}

/** Bytes around each piece, so that reading outside the range, or after it was lent, shows. */
const MARGIN = 3;
const GARBAGE = 0x01;

/** Feeds the pieces one after the other. */
export function feed(pieces: readonly Buffer[], options: FeedOptions = {}): Reading {
  const { methods = ['GET'], limits, thenFin = false } = options;
  const reading: Reading = { heard: [], eaten: 0 };
  const { heard } = reading;
  const parser = new ResponseParser(
    {
      onInformational: (head) => heard.push({ ...head, ...emptyBody(), isComplete: true }),
      onHead: (head) => {
        const { contentLength, keepAlive } = parser;
        heard.push({ ...head, ...emptyBody(), contentLength, keepAlive });
      },
      onBody: (bytes, start, end) => {
        heard.at(-1)!.body += bytes.toString('latin1', start, end);
      },
      onTrailers: (rawTrailers) => {
        heard.at(-1)!.rawTrailers = rawTrailers;
      },
    },
    limits,
  );
  let begun = 0;
  const settle = (): void => {
    if (!parser.isComplete) return;
    if (begun > 0) heard.at(-1)!.isComplete = true;
    if (begun < methods.length) {
      parser.begin(methods[begun]!);
      begun += 1;
    }
  };
  try {
    settle();
    for (const piece of pieces) {
      const lent = Buffer.alloc(piece.length + 2 * MARGIN, GARBAGE);
      piece.copy(lent, MARGIN);
      const end = MARGIN + piece.length;
      let position = MARGIN;
      while (position < end && !parser.isComplete) {
        const next = parser.execute(lent, position, end);
        reading.eaten += next - position;
        position = next;
        settle();
      }
      lent.fill(GARBAGE);
    }
    if (thenFin) {
      parser.finish();
      settle();
    }
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    reading.violation = error.reason;
    // How far the piece was read when it was refused is not the parser's to say.
    reading.eaten = 0;
  }
  return reading;
}

function emptyBody(): Omit<Heard, 'statusCode' | 'statusText' | 'httpMinor' | 'rawHeaders'> {
  return { body: '', rawTrailers: [], contentLength: 0, keepAlive: false, isComplete: false };
}
