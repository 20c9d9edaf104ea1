import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Argument, Command, Option } from 'commander';
import { expect, it } from 'vitest';
import { CAMPAIGN_EXIT } from '../../apps/cli/src/campaign/campaign-exit.ts';
import { EXIT } from '../../apps/cli/src/exit-code.ts';
import { program } from '../../apps/cli/src/program.ts';
import { membersOf } from './declared.ts';
import { code, table } from './markdown.ts';

const folder = resolve(import.meta.dirname, '../..');

/** A command and those below it, each with the words that call it. */
function commandsOf(command: Command, words: readonly string[]): Array<{ words: string; command: Command }> {
  const own = { words: words.join(' '), command };
  return [own, ...command.commands.flatMap((below) => commandsOf(below, [...words, below.name()]))];
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** What stands in the brackets at the end of a description is its range and its default. */
function flagRow({ flags, description, long }: Option): string[] {
  const [, meaning = description, notes = ''] = /^(.*?)(?: \(([^()]*)\))?$/s.exec(description) ?? [];
  const parts = notes === '' ? [] : notes.split('; ');
  const fallback = parts
    .filter((part) => part.startsWith('default '))
    .map((part) => part.replace('default ', ''));
  const rest = parts.filter((part) => !part.startsWith('default '));
  expect(meaning, `${long} says what it is for`).not.toBe('');
  return [
    code(escaped(flags)),
    escaped(meaning),
    rest.join('; ') || '–',
    escaped(fallback.join('; ')) || '–',
  ];
}

function sectionOf({ words, command }: { words: string; command: Command }): string {
  const args = command.registeredArguments.map((one: Argument) => `- \`${one.name()}\`: ${one.description}`);
  const flags = command.options.map(flagRow);
  const parts = [
    `## \`${words}\``,
    command.description(),
    code(`${words} ${command.usage()}`),
    args.join('\n'),
    flags.length > 0 ? table(['flag', 'what it does', 'range', 'default'], flags) : '',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** The numbers, with what is said of each where it is declared. */
function exitRows(file: string, owner: string, numbers: Readonly<Record<string, number>>): string[][] {
  return membersOf(file, owner).map(({ name, doc }) => [String(numbers[name]), doc]);
}

it('has every command, flag and exit code', async () => {
  const root = program({ out() {}, err() {}, draw: undefined, onSignal: () => () => {} }, () => {});
  const exits = [
    ...exitRows('apps/cli/src/exit-code.ts', 'EXIT', EXIT),
    ...exitRows('apps/cli/src/campaign/campaign-exit.ts', 'CAMPAIGN_EXIT', CAMPAIGN_EXIT),
  ].sort(([a], [b]) => Number(a) - Number(b));
  const page = `# The command

\`./pooler\` runs from any folder and brings what it needs. Times are a number and a unit: \`500ms\`, \`1.5s\`, \`2m\`, \`1h\`. What is
wrong with the arguments is said in one sentence on stderr, and nothing is sent. \`--help\` of each command prints what is here.

\`\`\`sh
./pooler target --port 8080 --supervise --control-port 8081
./pooler --host 127.0.0.1 --port 8080 --concurrency 50 --duration 20s --failures on --seed 42 --verbose
./pooler explain --seed 42 --request 300 --failures on
./pooler campaign run examples/steady-load.yaml --local --url http://127.0.0.1:8080 --report report.xml
./pooler proxy --seed 42
\`\`\`

A run prints on stdout, each second and at its end, keys and order fixed:

\`\`\`text
[stats] ok=182 fail=6 retry=14 open_circuit=1 pool_active=18 pool_idle=2
requests=1000 ok=972 retries=28 open_circuit=3 avg_ms=12.4
\`\`\`

\`ok\` counts requests whose final status is 2xx or 3xx, \`fail\` the others, \`retry\` and \`retries\` attempts beyond the first,
\`open_circuit\` times that a breaker opened. \`avg_ms\` is the mean time of all finished requests, in ms. A progress bar goes to
stderr where that is a terminal.

${commandsOf(root, ['pooler']).map(sectionOf).join('\n\n')}

## Exit codes

${table(['code', 'meaning'], exits)}

Of a run the first that applies: 105, 97, 1, 0. Of a campaign: 105, 106, 97, 99, 98, 1, 0.
`;
  await expect(page).toMatchFileSnapshot('../../docs/cli.md');
});

/** Lines of shell that call the command, from every page. */
const CALLS = ['README.md', ...readdirSync(resolve(folder, 'docs')).map((name) => `docs/${name}`)].flatMap(
  (page) => {
    const text = readFileSync(resolve(folder, page), 'utf8');
    return Array.from(text.matchAll(/^\.\/pooler (.+?)(?:\s+[#&].*)?$/gm), ([, words = '']) => ({
      page,
      words,
    }));
  },
);

it.each(CALLS)('$page: pooler $words has flags that there are', ({ words }) => {
  const root = program({ out() {}, err() {}, draw: undefined, onSignal: () => () => {} }, () => {});
  // What it would do does not matter here.
  for (const { command } of commandsOf(root, [])) command.action(() => {});
  expect(() => root.parse(words.split(/\s+/), { from: 'user' })).not.toThrow();
});
