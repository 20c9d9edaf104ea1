import { describe, expect, it } from 'vitest';
import { compare, readByBoth } from './compare.ts';
import { READ_OTHERWISE, STRICTER } from './differences.ts';
import { readByNode, type ReadingTask } from './node-reading.ts';

const RESPONSES = 100_000;

const text = (bytes: string, thenFin = false): ReadingTask => ({
  method: 'GET',
  bytes: Buffer.from(bytes, 'latin1'),
  thenFin,
});

describe("Node's own client", () => {
  it('reads what it is given, to the end of the response and not to the end of the wire', async () => {
    const length = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n';
    expect(
      await readByNode([
        text(`${length}ok`),
        text(`${length}o`),
        text(`${length}o`, true),
        text('HTTP/1.1 404 Gone\r\n\r\nopen end'),
        text('HTTP/1.1 404 Gone\r\n\r\nopen end', true),
        text('HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok'),
      ]),
    ).toEqual([
      { statusCode: 200, body: 'ok' },
      undefined,
      undefined,
      undefined,
      { statusCode: 404, body: 'open end' },
      undefined,
    ]);
  });
});

describe('a listed difference', () => {
  it.each(Object.entries(STRICTER))('%s: we refuse what Node takes', async (reason, { example }) => {
    const { own, node } = await readByBoth(example);
    expect(own).toMatchObject({ isAccepted: false, reason });
    expect(node).toBeDefined();
  });

  it.each(READ_OTHERWISE)('$why: we read $example otherwise', async ({ example, pattern }) => {
    const { own, node } = await readByBoth(example);
    expect(example).toMatch(pattern);
    expect(own).toMatchObject({ isAccepted: true, body: 'hello' });
    expect(node?.body).not.toBe('hello');
  });
});

describe(`${RESPONSES} mutated responses`, () => {
  it("end for us where they end for Node's parser, with the same body, but for the listed differences", async () => {
    const { weAreStricter, disagreements, bothAccept, bothRefuse } = await compare(1, RESPONSES);
    expect(disagreements).toEqual([]);
    expect([...weAreStricter.keys()].filter((reason) => !(reason in STRICTER))).toEqual([]);
    // Mutations that nothing survives, or that nothing minds, compare little.
    expect(bothAccept).toBeGreaterThan(RESPONSES / 4);
    expect(bothRefuse).toBeGreaterThan(RESPONSES / 4);
  });
});
