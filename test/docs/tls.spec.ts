import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { literalsOf, membersOf } from './declared.ts';

/** This page is written by hand. */
const PAGE = readFileSync(new URL('../../docs/tls.md', import.meta.url), 'utf8');

/** What stands between backticks in the first cells of the page's tables. */
const FIRST_CELLS = Array.from(PAGE.matchAll(/^\| ([^|]+?) *\|/gm), ([, cell = '']) => cell).join(' ');

it.each(membersOf('libs/pool/src/net/tls-options.ts', 'TlsOptions'))(
  'docs/tls.md has the option $name',
  ({ name }) => {
    expect(FIRST_CELLS).toContain(`\`${name}\``);
  },
);

it.each(literalsOf('libs/kernel/src/pooler-error.ts', 'TlsReason'))(
  'docs/tls.md has the reason $text',
  ({ text }) => {
    expect(FIRST_CELLS).toContain(`\`${text}\``);
  },
);
