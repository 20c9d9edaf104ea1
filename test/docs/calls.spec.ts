import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { TestProxies } from '../proxy/control-client.ts';
import { ask } from '../target/ask.ts';
import { TargetProcess } from '../target/target-process.ts';

/** The calls of curl on a page. Those with a variable need a shell and the whole service: they are not tried here. */
function callsOf(page: string): string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../..', page), 'utf8');
  return Array.from(text.matchAll(/^curl (?!.*\$)(.+)$/gm), ([, words = '']) => words);
}

/** What curl makes of its words, as far as the pages use it. */
function requestOf(
  words: string,
  stage: ReadonlyMap<string, string>,
): { url: string; method: string; body: string | undefined } {
  const [line = ''] = words.split(/\s+# /);
  const staged = [...stage].reduce((text, [said, real]) => text.replaceAll(said, real), line);
  const parts = Array.from(staged.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, bare]) => quoted ?? bare ?? '');
  const valueOf = (flag: string): string | undefined =>
    parts.includes(flag) ? parts[parts.indexOf(flag) + 1] : undefined;
  const body = valueOf('-d');
  const url = parts.find((part) => part.startsWith('http://')) ?? '';
  return { url, method: valueOf('-X') ?? (body === undefined ? 'GET' : 'POST'), body };
}

it.each(['README.md', 'docs/proxy.md', 'docs/target-faults.md'])(
  'the calls on %s are answered well',
  async (page) => {
    await using proxies = await TestProxies.start();
    using target = new TargetProcess('--port', '0', '--supervise');
    await target.listening();
    // Where the page says that things listen, and where they do here.
    const stage = new Map([
      ['"listen":"127.0.0.1:9090"', '"listen":"127.0.0.1:0"'],
      ['127.0.0.1:8474', new URL(proxies.url).host],
      ['127.0.0.1:8081', new URL(await target.control()).host],
    ]);
    const calls = callsOf(page);
    expect(calls).not.toEqual([]);
    for (const words of calls) {
      const { url, method, body } = requestOf(words, stage);
      const answer = await ask(url, { method, ...(body === undefined ? {} : { body }) });
      expect(answer.status, `curl ${words}: ${answer.body.toString()}`).toBeLessThan(400);
    }
  },
);
