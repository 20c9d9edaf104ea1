import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { HeadMemo } from './head-memo.ts';
import { ResponseParser, type ResponseSink } from './response-parser.ts';
import type { ResponseHead } from './response-head.ts';

/** Keeps the heads that it hears. */
class Heads implements ResponseSink {
  readonly heads: ResponseHead[] = [];
  onInformational(): void {}
  onHead(head: ResponseHead): void {
    this.heads.push(head);
  }
  onBody(): void {}
  onTrailers(): void {}
}

const text = (date: string, length = 2): string =>
  `HTTP/1.1 200 OK\r\nDate: ${date}\r\nContent-Length: ${length}\r\n\r\n`;

describe('the memo of heads', () => {
  const known = (memo: HeadMemo, bytes: string): boolean =>
    memo.find(Buffer.from(bytes), 0, bytes.length) !== undefined;

  function memoOf(bytes: string): HeadMemo {
    const memo = new HeadMemo();
    const sink = new Heads();
    const parser = new ResponseParser(sink, {}, memo);
    parser.begin('GET');
    parser.execute(Buffer.from(bytes), 0, bytes.length);
    return memo;
  }

  it('knows a head again by its bytes, and no other', () => {
    const memo = memoOf(text('10:00:00'));
    expect(known(memo, text('10:00:00'))).toBe(true);
    expect(known(memo, text('10:00:01'))).toBe(false);
    expect(known(memo, text('10:00:00', 33))).toBe(false);
    expect(known(memo, text('10:00:00').slice(0, -1))).toBe(false);
    expect(known(memo, `${text('10:00:00').slice(0, -2)}X: y\r\n\r\n`)).toBe(false);
  });

  it('knows nothing of a head that came in pieces', () => {
    const memo = new HeadMemo();
    const parser = new ResponseParser(new Heads(), {}, memo);
    const bytes = Buffer.from(text('10:00:00'));
    parser.begin('GET');
    parser.execute(bytes, 0, 5);
    parser.execute(bytes, 5, bytes.length);
    expect(known(memo, text('10:00:00'))).toBe(false);
  });

  it('keeps one unknown head in eight', () => {
    const memo = memoOf(text('1'));
    const parser = new ResponseParser(new Heads(), {}, memo);
    const seen: string[] = [];
    for (let i = 2; i <= 10; i += 1) {
      const bytes = Buffer.from(`${text(String(i))}ok`);
      parser.begin('GET');
      parser.execute(bytes, 0, bytes.length);
      if (known(memo, text(String(i)))) seen.push(String(i));
    }
    expect(seen).toEqual(['9']);
  });

  it('shares what nobody can change', () => {
    const sink = new Heads();
    const parser = new ResponseParser(sink, {});
    for (let i = 0; i < 2; i += 1) {
      const bytes = Buffer.from(`${text('10:00:00')}ok`);
      parser.begin('GET');
      parser.execute(bytes, 0, bytes.length);
    }
    const [first, second] = sink.heads;
    expect(second?.rawHeaders).toBe(first?.rawHeaders);
    expect(Object.isFrozen(first?.rawHeaders)).toBe(true);
  });

  it('leaves the answer to a HEAD without a body', () => {
    const parser = new ResponseParser(new Heads(), {}, memoOf(text('10:00:00')));
    const bytes = Buffer.from(text('10:00:00'));
    parser.begin('HEAD');
    expect(parser.execute(bytes, 0, bytes.length)).toBe(bytes.length);
    expect(parser.isComplete).toBe(true);
    expect(parser.contentLength).toBe(0);
  });

  it('leaves a head within the limit of its bytes', () => {
    const memo = memoOf(text('10:00:00'));
    const parser = new ResponseParser(new Heads(), { maxHeaderBytes: 20 }, memo);
    const bytes = Buffer.from(text('10:00:00'));
    parser.begin('GET');
    expect(() => parser.execute(bytes, 0, bytes.length)).toThrow('head');
  });
});
