import { describe, expect, it } from 'vitest';
import { HeadEnd } from './head-end.ts';

function headBytesOf(...pieces: string[]): number[] {
  const head = new HeadEnd();
  return pieces.map((piece) => head.headBytes(Buffer.from(piece, 'latin1'), piece.length));
}

describe('the end of a head', () => {
  it('is behind its empty line', () => {
    expect(headBytesOf('HTTP/1.1 200 OK\r\n\r\nbody', 'more')).toEqual([19, 0]);
  });

  it('is found in whatever pieces it comes', () => {
    expect(headBytesOf('A\r', '\n', '\r', '\nbody')).toEqual([2, 1, 1, 1]);
  });

  it('is not at a line break, nor at a CR too many', () => {
    expect(headBytesOf('A\r\nB\r\r\n\r\nbody')).toEqual([9]);
  });
});
