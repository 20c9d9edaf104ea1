import { describe, expect, it } from 'vitest';
import { headersFrom } from './response-headers.ts';

describe('the headers of a response', () => {
  it('are found by name', () => {
    expect(headersFrom(['content-type', 'text/plain', 'x-a', '1'])).toEqual({
      'content-type': 'text/plain',
      'x-a': '1',
    });
  });

  it('join the lines of one name in their order', () => {
    expect(headersFrom(['via', 'a', 'x', '1', 'via', 'b', 'via', 'c'])['via']).toBe('a, b, c');
  });

  it('join an empty first line too', () => {
    expect(headersFrom(['via', '', 'via', 'b'])['via']).toBe(', b');
  });

  it('keep cookies apart, even a single one', () => {
    expect(headersFrom(['set-cookie', 'a=1'])['set-cookie']).toEqual(['a=1']);
    expect(headersFrom(['set-cookie', 'a=1', 'set-cookie', 'b=2'])['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it('give names of the language no other meaning', () => {
    const headers = headersFrom(['__proto__', 'p', 'constructor', 'c']);
    expect(Object.entries(headers)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
    expect(headersFrom([])['tostring']).toBeUndefined();
  });
});
