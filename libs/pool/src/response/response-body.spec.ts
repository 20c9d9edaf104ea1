import { Buffer } from 'node:buffer';
import { buffer as readAll } from 'node:stream/consumers';
import { PoolerError, type ErrorCode } from '#libs/kernel';
import { settle } from '#libs/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ResponseBody, type BodySource } from './response-body.ts';

const HIGH_WATER_BYTES = 64 * 1024;

/** The exchange's side of a body: it feeds the body and notes what the body asks of it. */
class Feed implements BodySource {
  readonly body: ResponseBody;
  isPaused = false;
  isAbandoned = false;

  constructor(contentLength?: number, maxBytes = Infinity) {
    this.body = new ResponseBody(this, contentLength, maxBytes);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  /** As a pool does: the exchange fails at once. */
  abandon(): void {
    this.isAbandoned = true;
    this.body.fail(new PoolerError('PLR_ABORTED', 'given up', { phase: 'receive' }));
  }

  refuse(code: ErrorCode, message: string): void {
    this.isAbandoned = true;
    this.body.fail(this.error(code, message));
  }

  error(code: ErrorCode, message: string): PoolerError {
    return new PoolerError(code, message, { phase: 'receive' });
  }

  /** Pieces come in through a shared buffer, which is used for something else afterwards. */
  push(...pieces: Array<string | Uint8Array>): this {
    for (const piece of pieces) {
      const shared = Buffer.concat([Buffer.from('<'), Buffer.from(piece), Buffer.from('>')]);
      this.body.push(shared, 1, shared.length - 1);
      shared.fill('!');
    }
    return this;
  }

  end(): this {
    this.body.end();
    return this;
  }

  fail(): PoolerError {
    const error = new PoolerError('PLR_RESET', 'the connection was reset', { phase: 'receive' });
    this.body.fail(error);
    return error;
  }
}

type Read = (body: ResponseBody) => Promise<unknown>;

async function chunksOf(body: ResponseBody): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of body) chunks.push(chunk.toString());
  return chunks;
}

const READERS: ReadonlyArray<[name: string, read: Read, expected: unknown]> = [
  ['text', async (body) => body.text(), '{"a":"é"}'],
  ['json', async (body) => body.json(), { a: 'é' }],
  ['bytes', async (body) => body.bytes(), new Uint8Array(Buffer.from('{"a":"é"}'))],
  ['arrayBuffer', async (body) => Buffer.from(await body.arrayBuffer()).toString(), '{"a":"é"}'],
  ['async iteration', async (body) => (await chunksOf(body)).join(''), '{"a":"é"}'],
  ['readable', async (body) => (await readAll(body.readable())).toString(), '{"a":"é"}'],
];
const DUMP: (typeof READERS)[number] = ['dump', async (body) => body.dump(), undefined];

describe.each([...READERS, DUMP])('reading a body by %s', (_name, read, expected) => {
  it('gives what has arrived', async () => {
    const { body } = new Feed().push('{"a":', '"é"}').end();
    expect(await read(body)).toEqual(expected);
  });

  it('waits for what has not', async () => {
    const feed = new Feed(10);
    const reading = read(feed.body);
    await settle();
    feed.push('{"a":"é"');
    await settle();
    feed.push('}').end();
    expect(await reading).toEqual(expected);
  });

  it('joins what has arrived with what has not', async () => {
    const feed = new Feed(10).push('{"a"');
    const reading = read(feed.body);
    feed.push(':"é"}').end();
    expect(await reading).toEqual(expected);
  });

  it('goes on with reading that had been paused', async () => {
    const feed = new Feed().push('x'.repeat(HIGH_WATER_BYTES));
    expect(feed.isPaused).toBe(true);
    const reading = read(feed.body).catch(() => 'no JSON');
    await settle();
    expect(feed.isPaused).toBe(false);
    feed.end();
    await reading;
  });
});

describe.each(READERS)('a body read by %s', (_name, read) => {
  it('fails its reader when it fails', async () => {
    const feed = new Feed().push('{');
    const rejected = expect(read(feed.body)).rejects.toMatchObject({ code: 'PLR_RESET' });
    await settle();
    feed.fail();
    await rejected;
  });

  it('fails a reader who comes after it has failed', async () => {
    const feed = new Feed().push('{');
    const error = feed.fail();
    await expect(read(feed.body)).rejects.toBe(error);
  });

  it('is refused the second time', async () => {
    const { body } = new Feed().push('{"a":"é"}').end();
    expect(body.isUsed).toBe(false);
    await read(body);
    expect(body.isUsed).toBe(true);
    await expect(body.text()).rejects.toMatchObject({ code: 'PLR_BODY_MISUSED', kind: 'caller' });
    expect(() => body.readable()).toThrow('already read');
    await expect(chunksOf(body)).rejects.toMatchObject({ code: 'PLR_BODY_MISUSED' });
    await expect(body.dump()).resolves.toBeUndefined();
  });
});

describe('a body', () => {
  it('is refused while somebody reads it', async () => {
    const feed = new Feed().push('x');
    const text = feed.body.text();
    await expect(feed.body.text()).rejects.toMatchObject({ code: 'PLR_BODY_MISUSED' });
    feed.end();
    expect(await text).toBe('x');
  });

  it('is refused after a dump', async () => {
    const { body } = new Feed().push('x').end();
    await body.dump();
    await expect(body.text()).rejects.toMatchObject({ code: 'PLR_BODY_MISUSED' });
  });

  it('keeps UTF-8 whole that is split over pieces', async () => {
    const bytes = Buffer.from('a€😀z');
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const { body } = new Feed().push(bytes.subarray(0, cut), bytes.subarray(cut)).end();
      expect(await body.text()).toBe('a€😀z');
    }
  });

  it('rejects with a SyntaxError where JSON is none', async () => {
    await expect(new Feed().push('{').end().body.json()).rejects.toBeInstanceOf(SyntaxError);
  });

  it.each([1, 4_095, 4_096, 100_000])(
    'gives memory of its own for %i bytes: whoever changes it changes nothing else',
    async (length) => {
      const make = (): ResponseBody => new Feed(length).push('x'.repeat(length)).end().body;
      const memory = await make().arrayBuffer();
      expect(memory.byteLength).toBe(length);
      const bytes = await make().bytes();
      expect([bytes.byteOffset, bytes.byteLength, bytes.buffer.byteLength]).toEqual([0, length, length]);
      new Uint8Array(memory).fill(0);
      bytes.fill(0);
      expect(await make().text()).toBe('x'.repeat(length));
    },
  );

  it('fails nobody but its reader', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on('unhandledRejection', note);
    onTestFinished(() => {
      process.off('unhandledRejection', note);
    });
    new Feed().push('x').fail();
    const left = new Feed().push('x');
    for await (const chunk of left.body) {
      expect(chunk.toString()).toBe('x');
      break;
    }
    left.fail();
    const iterated = new Feed();
    const chunks = iterated.body[Symbol.asyncIterator]();
    iterated.fail();
    await settle();
    expect(unhandled).toEqual([]);
    await expect(chunks.next()).rejects.toMatchObject({ code: 'PLR_RESET' });
  });
});

describe('a body that is read whole', () => {
  it('never stops reading, however much comes', async () => {
    const feed = new Feed();
    const text = feed.body.text();
    feed.push('x'.repeat(HIGH_WATER_BYTES), 'x'.repeat(HIGH_WATER_BYTES));
    expect(feed.isPaused).toBe(false);
    feed.end();
    expect(await text).toHaveLength(2 * HIGH_WATER_BYTES);
  });
});

describe('a body of 64 KiB of which nobody has read a byte', () => {
  it('does not stop reading when its last byte has come', () => {
    const feed = new Feed(HIGH_WATER_BYTES).push('x'.repeat(HIGH_WATER_BYTES));
    expect(feed.isPaused).toBe(false);
  });

  it('stops reading while a byte is still to come', () => {
    const feed = new Feed(HIGH_WATER_BYTES + 1).push('x'.repeat(HIGH_WATER_BYTES));
    expect(feed.isPaused).toBe(true);
  });

  it('does not stop reading at its last piece either', async () => {
    const feed = new Feed(HIGH_WATER_BYTES + 1);
    const chunks = feed.body[Symbol.asyncIterator]();
    feed.push('x', 'y'.repeat(HIGH_WATER_BYTES));
    expect(feed.isPaused).toBe(false);
    expect(await chunks.next()).toMatchObject({ done: false });
  });
});

describe('a body in pieces', () => {
  it('keeps those that came before the reader together, and gives the others as they come', async () => {
    const feed = new Feed().push('a', 'b');
    const reading = chunksOf(feed.body);
    feed.push('c');
    await settle();
    feed.push('d').end();
    expect(await reading).toEqual(['ab', 'c', 'd']);
  });

  it('stops reading at 64 KiB that nobody has asked for, and goes on when they are asked for', async () => {
    const feed = new Feed();
    const chunks = feed.body[Symbol.asyncIterator]();
    feed.push('x'.repeat(HIGH_WATER_BYTES - 1));
    expect(feed.isPaused).toBe(false);
    feed.push('y');
    expect(feed.isPaused).toBe(true);
    await chunks.next();
    await chunks.next();
    expect(feed.isPaused).toBe(true);
    const third = chunks.next();
    expect(feed.isPaused).toBe(false);
    feed.push('z');
    expect(await third).toMatchObject({ done: false });
  });

  it('counts only what is still unread', async () => {
    const feed = new Feed();
    const chunks = feed.body[Symbol.asyncIterator]();
    feed.push('x'.repeat(HIGH_WATER_BYTES - 1));
    await chunks.next();
    feed.push('yy');
    expect(feed.isPaused).toBe(false);
  });

  it('does not stop reading while its reader keeps up', async () => {
    const feed = new Feed();
    const reading = chunksOf(feed.body);
    for (let i = 0; i < 5; i += 1) {
      await settle();
      feed.push('x'.repeat(HIGH_WATER_BYTES - 1));
      expect(feed.isPaused).toBe(false);
    }
    feed.end();
    expect((await reading).join('')).toHaveLength(5 * (HIGH_WATER_BYTES - 1));
  });

  it('gives the pieces that came before the failure first', async () => {
    const feed = new Feed();
    const chunks = feed.body[Symbol.asyncIterator]();
    feed.push('a');
    const error = feed.fail();
    expect(await chunks.next()).toEqual({ value: Buffer.from('a'), done: false });
    await expect(chunks.next()).rejects.toBe(error);
  });

  it('answers readers that ask ahead in their order', async () => {
    const feed = new Feed();
    const chunks = feed.body[Symbol.asyncIterator]();
    const asked = [chunks.next(), chunks.next(), chunks.next()];
    feed.push('a', 'b').end();
    expect((await Promise.all(asked)).map(({ value }) => value?.toString())).toEqual(['a', 'b', undefined]);
  });

  it('is dumped when its reader leaves early', async () => {
    const feed = new Feed().push('a');
    for await (const chunk of feed.body) {
      expect(chunk.toString()).toBe('a');
      break;
    }
    expect([feed.isAbandoned, feed.body.isUsed]).toEqual([false, true]);
    feed.push('x'.repeat(128 * 1024));
    expect(feed.isAbandoned).toBe(false);
    feed.push('x');
    expect(feed.isAbandoned).toBe(true);
  });

  it('is dumped when its stream is destroyed', async () => {
    const feed = new Feed(1_000_000);
    const stream = feed.body.readable();
    feed.push('a');
    stream.destroy();
    await settle();
    expect(feed.isAbandoned).toBe(true);
  });
});

describe('dumping a body', () => {
  it('never fails, for nobody wants the bytes', async () => {
    const feed = new Feed().push('x');
    const dumped = feed.body.dump();
    feed.fail();
    await expect(dumped).resolves.toBeUndefined();
    const failed = new Feed();
    failed.fail();
    await expect(failed.body.dump()).resolves.toBeUndefined();
  });

  it('keeps the connection when what is still to come is small, however large the whole', async () => {
    const feed = new Feed(1_000_000);
    const chunks = feed.body[Symbol.asyncIterator]();
    feed.push('x'.repeat(1_000_000 - 10));
    await chunks.next();
    await chunks.return?.();
    expect(feed.isAbandoned).toBe(false);
    feed.push('x'.repeat(10)).end();
    expect(feed.isAbandoned).toBe(false);
  });

  it('cuts the connection at once when more is announced than the limit', async () => {
    const feed = new Feed(101);
    await feed.body.dump(100);
    expect(feed.isAbandoned).toBe(true);
  });

  it('reads up to the limit where nothing is announced, and cuts at the byte beyond', async () => {
    const feed = new Feed();
    const dumped = feed.body.dump(100);
    feed.push('x'.repeat(100));
    expect(feed.isAbandoned).toBe(false);
    feed.push('x');
    expect(feed.isAbandoned).toBe(true);
    await dumped;
  });

  it('resolves when the rest has come', async () => {
    const feed = new Feed();
    let isDumped = false;
    const dumping = (async (): Promise<void> => {
      await feed.body.dump();
      isDumped = true;
    })();
    feed.push('x');
    await settle();
    expect(isDumped).toBe(false);
    feed.end();
    await dumping;
    expect(isDumped).toBe(true);
  });
});

describe('waiting for the arrival of a body', () => {
  it('resolves at its end and reads nothing', async () => {
    const feed = new Feed();
    const arrived = feed.body.arrived();
    feed.push('x').end();
    await arrived;
    expect(feed.body.isUsed).toBe(false);
    await expect(feed.body.arrived()).resolves.toBeUndefined();
    expect(await feed.body.text()).toBe('x');
  });

  it('shows a failure on the way, again and again', async () => {
    const feed = new Feed();
    const arrived = expect(feed.body.arrived()).rejects.toMatchObject({ code: 'PLR_RESET' });
    feed.fail();
    await arrived;
    await expect(feed.body.arrived()).rejects.toMatchObject({ code: 'PLR_RESET' });
    await expect(feed.body.text()).rejects.toMatchObject({ code: 'PLR_RESET' });
  });

  it('resolves as well when as much has come as is kept', async () => {
    const feed = new Feed();
    const arrived = feed.body.arrived(10);
    feed.push('x'.repeat(10));
    await arrived;
    expect(feed.body.hasArrived).toBe(false);
    await expect(feed.body.arrived(10)).resolves.toBeUndefined();
  });

  it('may be waited for by several', async () => {
    const feed = new Feed();
    const arrived = [feed.body.arrived(1), feed.body.arrived(), feed.body.arrived()];
    feed.push('x');
    await arrived[0];
    feed.end();
    await Promise.all(arrived);
  });
});

describe('a body larger than maxBodyBytes', () => {
  it('is refused at once where its length is announced', async () => {
    const feed = new Feed(11, 10);
    await expect(feed.body.text()).rejects.toMatchObject({ code: 'PLR_BODY_TOO_LARGE', kind: 'local' });
    expect(feed.isAbandoned).toBe(true);
  });

  it('is refused with the first byte too many where it is not', async () => {
    const feed = new Feed(undefined, 10);
    const bytes = feed.body.bytes();
    feed.push('01234', '56789');
    expect(feed.isAbandoned).toBe(false);
    feed.push('!');
    await expect(bytes).rejects.toMatchObject({ code: 'PLR_BODY_TOO_LARGE' });
    expect(feed.isAbandoned).toBe(true);
  });

  it('is refused also when it is there already, and has no connection to cut', async () => {
    const feed = new Feed(undefined, 10).push('0123456789!').end();
    await expect(feed.body.text()).rejects.toMatchObject({ code: 'PLR_BODY_TOO_LARGE' });
    expect(feed.isAbandoned).toBe(false);
  });

  it('is no matter to who reads it in pieces', async () => {
    const feed = new Feed(undefined, 10).push('0123456789!').end();
    expect(await chunksOf(feed.body)).toEqual(['0123456789!']);
  });

  it('begins one byte beyond the limit', async () => {
    expect(await new Feed(10, 10).push('0123456789').end().body.text()).toBe('0123456789');
  });
});
