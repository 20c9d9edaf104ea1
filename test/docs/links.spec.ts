import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const PAGES = readdirSync(resolve(root, 'docs')).filter((name) => name !== 'README.md');

function textOf(path: string): string {
  return readFileSync(resolve(root, path), 'utf8');
}

/** As GitHub makes the anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

/** Links of a page that lead to a file of ours, or to a heading of one, and lead nowhere. */
function deadLinksOf(path: string): string[] {
  const links = Array.from(textOf(path).matchAll(/\]\((?!https?:)([^)\s]+)\)/g), ([, link = '']) => link);
  return links.filter((link) => {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? resolve(root, path) : resolve(root, dirname(path), file);
    if (!existsSync(target)) return true;
    if (anchor === undefined) return false;
    const headings = Array.from(readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm), ([, text = '']) =>
      anchorOf(text),
    );
    return !headings.includes(anchor);
  });
}

describe('the index', () => {
  it('lists every page once', () => {
    const listed = Array.from(
      textOf('docs/README.md').matchAll(/^- \[([^\]]+)\]\(\1\)/gm),
      ([, name]) => name,
    );
    expect(new Set(listed)).toEqual(new Set(PAGES));
    expect(listed).toHaveLength(PAGES.length);
  });

  it('can be reached from the front page', () => {
    expect(textOf('README.md')).toContain('(docs/README.md)');
  });
});

it.each([
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'docs/README.md',
  ...PAGES.map((name) => `docs/${name}`),
])('%s has no link that leads nowhere', (path) => {
  expect(deadLinksOf(path)).toEqual([]);
});
