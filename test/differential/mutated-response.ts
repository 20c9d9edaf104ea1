import { FRAMINGS, renderAnswer } from '#libs/testing';
import { readFixtures } from '../corpora/llhttp-fixtures.ts';
import type { Dice } from '../fuzz/dice.ts';

/** The bytes of a response, latin1, and the method of the request that it answers. */
export interface RawResponse {
  readonly method: string;
  readonly bytes: Buffer;
}

/** Responses to begin with, good ones and such as other parsers are known to quarrel about. */
const WRITTEN = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n000\r\nX-Sum: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n X: folded\r\n\r\nhello',
  'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello',
  'HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\n\r\nuntil the end',
  'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  'HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;=b\r\nhello\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nConnection: close\r\n\r\n',
  '\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/0.9 200 OK\r\n\r\nhello',
  'HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'ICE/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 O\tK\x01\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nX: 1\r\nConnection: close, x\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n',
];

/** What parsers stumble over. */
const SPLINTERS = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\n\n',
  '\r\r\n',
  ' ',
  '\t',
  '\0',
  '\x0b',
  '\x7f',
  '\x80',
  '\xff',
  ':',
  ';',
  ',',
  '"',
  '\\',
  '0',
  '00',
  '-',
  '+',
  '_',
  '0x',
  'f',
  'fffffffff',
  '18446744073709551616',
  'Content-Length: 3\r\n',
  'content-length:5\r\n',
  'Content-Length:\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Transfer-Encoding:\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Trailer: x\r\n',
  'Upgrade: x\r\n',
  ' folded\r\n',
  ': nameless\r\n',
  'chunked, ',
  'chunked',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.0 ',
  'HTTP/2.0 ',
  'HTTP/1.1',
  '204',
  '304',
  '1\r\nx\r\n',
  '0\r\n\r\n',
];

const MUTATIONS = [
  'flip',
  'insert',
  'insert',
  'replace',
  'remove',
  'repeat',
  'case',
  'line-end',
  'line',
  'cut',
  'join',
] as const;

/** Draws responses: one from the corpora or a made one, with up to three mutations. */
export class MutatedResponses {
  readonly #dice: Dice;
  readonly #corpus: readonly string[];

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#corpus = [...WRITTEN, ...(readFixtures() ?? []).map(({ input }) => input)];
  }

  draw(): RawResponse {
    const dice = this.#dice;
    let text = this.#base();
    for (let count = dice.whole(0, 3); count > 0; count -= 1) text = this.#mutated(text);
    return { method: dice.hits(0.1) ? 'HEAD' : 'GET', bytes: Buffer.from(text, 'latin1') };
  }

  #base(): string {
    const dice = this.#dice;
    if (dice.hits(0.5)) return dice.pick(this.#corpus);
    const statusCode = dice.pick([200, 200, 200, 204, 206, 304, 404, 500]);
    const body = 'x'.repeat(dice.whole(0, 40));
    return renderAnswer({ statusCode, body, framing: dice.pick(FRAMINGS), trailers: 'X-Sum: 1\r\n' }, dice);
  }

  #mutated(text: string): string {
    const dice = this.#dice;
    const start = dice.whole(0, text.length);
    const end = Math.min(text.length, start + dice.whole(0, 12));
    const before = text.slice(0, start);
    const inside = text.slice(start, end);
    const behind = text.slice(end);
    switch (dice.pick(MUTATIONS)) {
      case 'flip':
        return before + String.fromCharCode(dice.whole(0, 255)) + text.slice(start + 1);
      case 'insert':
        return before + dice.pick(SPLINTERS) + text.slice(start);
      case 'replace':
        return before + dice.pick(SPLINTERS) + behind;
      case 'remove':
        return before + behind;
      case 'repeat':
        return before + inside + inside + behind;
      case 'case':
        return before + (dice.hits(0.5) ? inside.toUpperCase() : inside.toLowerCase()) + behind;
      case 'line-end':
        return this.#otherLineEnd(text);
      case 'line':
        return this.#movedLine(text);
      case 'cut':
        return before;
      case 'join':
        return before + dice.pick(this.#corpus).slice(dice.whole(0, 20));
    }
  }

  #otherLineEnd(text: string): string {
    const ends = [...text.matchAll(/\r\n/g)];
    if (ends.length === 0) return text;
    const { index } = this.#dice.pick(ends);
    return text.slice(0, index) + this.#dice.pick(['\n', '\r', '\r\r\n', '\n\r']) + text.slice(index + 2);
  }

  #movedLine(text: string): string {
    const lines = text.split('\r\n');
    const [line = ''] = lines.splice(this.#dice.whole(0, lines.length - 1), 1);
    lines.splice(this.#dice.whole(0, lines.length), 0, line);
    return lines.join('\r\n');
  }
}
