import { describe, expect, it } from 'vitest';
import { readJson } from './read-json.ts';

describe('a body', () => {
  // As Toxiproxy 2.12.0 answers.
  it.each([
    ['', 'EOF'],
    [' \n', 'EOF'],
    ['{"name":', 'unexpected EOF'],
    ['"abc', 'unexpected EOF'],
    ['hello', "invalid character 'h' looking for beginning of value"],
  ])('%j is refused in the words of Toxiproxy', (text, reason) => {
    expect(() => readJson(text)).toThrow(`bad request body: ${reason}`);
  });

  it('counts null as left out', () => {
    expect(readJson('{"name":"a","listen":null}')).toEqual({ name: 'a' });
  });
});
