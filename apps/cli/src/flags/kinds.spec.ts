import { describe, expect, it } from 'vitest';
import {
  choice,
  duration,
  headerLine,
  hostName,
  originPath,
  share,
  text,
  wholeNumber,
  type Kind,
} from './kinds.ts';

/** Values that a kind takes, with what it makes of them, and values that it refuses. */
function holds(
  name: string,
  kind: Kind<unknown>,
  taken: readonly [string, unknown][],
  refused: string[],
): void {
  describe(name, () => {
    it.each(taken)('takes %j as %j', (given, value) => {
      expect(kind.parse(given)).toEqual(value);
    });
    it.each(refused)('refuses %j', (given) => {
      expect(kind.parse(given)).toBeUndefined();
    });
  });
}

holds(
  'a whole number',
  wholeNumber(1, 100),
  [
    ['1', 1],
    ['100', 100],
    ['007', 7],
  ],
  ['0', '101', '-1', '+1', '1.0', '1e1', '0x1', ' 1', '', 'one', '٣'],
);
holds('the widest whole number', wholeNumber(0, Number.MAX_SAFE_INTEGER), [['0', 0]], ['9007199254740992']);
holds(
  'a duration',
  duration('1ms', '1m'),
  [
    ['1ms', 1],
    ['1.001s', 1001],
    ['60s', 60_000],
    ['1m', 60_000],
  ],
  ['0ms', '61s', '1.5ms', '5', 'fast', '-1s', ''],
);
holds('a choice', choice('on', 'off'), [['off', 'off']], ['Off', '', 'no']);
holds('a text', text('text'), [[' ', ' ']], ['']);
holds(
  'a share',
  share,
  [
    ['50%', 0.5],
    ['0.5', 0.5],
    ['1%', 0.01],
    ['1', 1],
    ['12.5%', 0.125],
  ],
  ['0', '0%', '2', '101%', '-1%', '5 %', '.5', 'half', ''],
);
holds(
  'a header line',
  headerLine,
  [
    ['A: b', ['A', 'b']],
    ['A:b:c', ['A', 'b:c']],
    ['A:', ['A', '']],
  ],
  ['bad', ': b', 'A : b', ' A: b', ''],
);
holds(
  'a host name',
  hostName,
  [
    ['localhost', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
    ['[::1]', '[::1]'],
  ],
  ['', 'a:80', 'http://a', 'a/b', 'a b', '999.1.1.1', ':::', 'user@a'],
);
holds('a path', originPath, [['/a?b=c', '/a?b=c']], ['', 'a', '/a b', '/a#b', '/ä', '/a\r\n']);
