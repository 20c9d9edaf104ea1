import { describe, expect, it } from 'vitest';
import { feedEverySplit, type Heard, type Reading } from '../../libs/http1/test-support/feed-every-split.ts';
import { readFixtures, type ExpectedMessage, type Fixture } from './llhttp-fixtures.ts';

/**
 * Where we differ from llhttp's strict mode: we refuse what llhttp accepts. The other way round nothing may differ.
 */
const STRICTER: Readonly<Record<string, string>> = {
  'connection.md: HTTP 100 first, then 400': 'an empty line before a status line is not ours to skip',
  'sample.md: HTTP version 0.9': 'only HTTP/1.0 and HTTP/1.1 have a head like this',
  'sample.md: ICE response': 'we speak HTTP only',
  'sample.md: RTSP response': 'we speak HTTP only',
  'sample.md: Response starting with CRLF': 'an empty line before a status line is not ours to skip',
  'transfer-encoding.md: `chunked` before other transfer-encoding': 'no coding but one chunked is understood',
  'transfer-encoding.md: `chunkedchunked` transfer-encoding does not enable chunked enconding':
    'no coding but one chunked is understood',
  'transfer-encoding.md: multiple transfer-encoding where chunked is not the last one':
    'no coding but one chunked is understood',
};

const fixtures = readFixtures();
if (fixtures === undefined) {
  console.log(
    'skipped: the llhttp corpus is not at hand (corpora/llhttp in $POOLER_SHARED, by default ../shared)',
  );
}

describe.skipIf(fixtures === undefined)('the response cases of llhttp', () => {
  const all = fixtures ?? [];
  const strict = all.filter(({ type }) => type === 'response' || type === 'response-finish');
  const lenient = all.filter(({ type }) => type.startsWith('response-lenient'));

  it('are all read', () => {
    expect(strict.length + lenient.length).toBe(all.length);
    expect(strict.length).toBeGreaterThan(60);
    expect(lenient.length).toBeGreaterThan(5);
  });

  it('hold every difference that is listed', () => {
    expect(Object.keys(STRICTER).filter((name) => !strict.some((fixture) => fixture.name === name))).toEqual(
      [],
    );
  });

  it.each(strict.filter(({ error }) => error !== undefined))('$name: refused ($error)', (fixture) => {
    expect(fixture.name in STRICTER).toBe(false);
    expect(read(fixture).isRefused).toBe(true);
  });

  it.each(strict.filter(({ error }) => error === undefined))('$name: read alike', (fixture) => {
    const { isRefused, messages } = read(fixture);
    // A difference that is not listed fails here, and so does a listed one that no longer differs.
    expect(isRefused).toBe(fixture.name in STRICTER);
    if (!isRefused) expect(messages).toEqual(expectedOf(fixture));
  });

  it.each(lenient)('$name: refused, whatever lenience it shows', (fixture) => {
    expect(read(fixture).isRefused).toBe(true);
  });
});

/**
 * Reads a case as a client would that has sent any number of requests. llhttp skips empty lines between two messages and
 * its fixtures are full of them, so they are cut away here; bytes behind a message that closes the connection are
 * refused, which is the caller's part in Pooler.
 */
function read(fixture: Fixture): { isRefused: boolean; messages: ExpectedMessage[] } {
  const messages: ExpectedMessage[] = [];
  const methods = [fixture.skipBody ? 'HEAD' : 'GET'];
  let rest = fixture.input;
  do {
    const reading: Reading = feedEverySplit(rest, { methods, thenFin: fixture.type === 'response-finish' });
    messages.push(...reading.heard.map(expectedForm));
    if (reading.violation !== undefined) return { isRefused: true, messages };
    const last = reading.heard.at(-1);
    rest = rest.slice(reading.eaten).replace(/^(?:\r\n)+/, '');
    if (last?.isComplete === true && !last.keepAlive && rest !== '') return { isRefused: true, messages };
  } while (rest !== '');
  return { isRefused: false, messages };
}

function expectedForm({ statusCode, statusText, rawHeaders, body, isComplete }: Heard): ExpectedMessage {
  return { statusCode, statusText, rawHeaders, body, isComplete };
}

/** llhttp reports a body ended by FIN as incomplete; its finish case asks whether the FIN may come. */
function expectedOf({ type, expected }: Fixture): ExpectedMessage[] {
  return expected.map((message) => ({
    ...message,
    isComplete: message.isComplete || type === 'response-finish',
  }));
}
