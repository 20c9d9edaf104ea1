import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** One message as llhttp saw it. */
export interface ExpectedMessage {
  readonly statusCode: number;
  readonly statusText: string;
  /** Name, value, name, value…, names in lower case, values without blanks around them. */
  readonly rawHeaders: readonly string[];
  body: string;
  isComplete: boolean;
}

/** One case of llhttp's Markdown. All text is latin1: one character a byte. */
export interface Fixture {
  /** File and heading. */
  readonly name: string;
  /** `response`, `response-finish`, or `response-lenient-…`. */
  readonly type: string;
  /** Whether the response answers a HEAD request. */
  readonly skipBody: boolean;
  readonly input: string;
  /** The messages whose heads are complete. */
  readonly expected: readonly ExpectedMessage[];
  /** The `reason` of llhttp's error, where it refuses the input. */
  readonly error: string | undefined;
}

const FOLDER = path.resolve(
  import.meta.dirname,
  '../..',
  process.env['POOLER_SHARED'] ?? '../shared',
  'corpora/llhttp',
);

/** All cases, or `undefined` where the corpus is not at hand. */
export function readFixtures(): Fixture[] | undefined {
  if (!existsSync(FOLDER)) return undefined;
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .sort()
    .flatMap((file) => parseMarkdown(file, readFileSync(path.join(FOLDER, file), 'latin1')));
}

const CASE =
  /^#+ (?<title>[^\n]+)\n(?:(?!^#+ ).*\n)*?<!-- meta=(?<meta>.*?) -->\n```http\n(?<input>[\s\S]*?)\n```\n[\s\S]*?```log\n(?<log>[\s\S]*?)\n```/gm;

function parseMarkdown(file: string, markdown: string): Fixture[] {
  const fixtures: Fixture[] = [];
  for (const { groups } of markdown.matchAll(CASE)) {
    const { title = '', meta = '', input = '', log = '' } = groups ?? {};
    const { type, skipBody = false }: { type: string; skipBody?: boolean } = JSON.parse(meta);
    fixtures.push({
      name: `${file}: ${title}`,
      type,
      skipBody,
      input: unescape(input.replace(/\\\n/g, '').replace(/\n/g, '\r\n')),
      expected: messagesOf(log),
      error: /error code=\d+ reason="(.*)"/.exec(log)?.[1],
    });
  }
  const count = markdown.match(/<!-- meta=/g)?.length;
  if (fixtures.length !== count) throw new Error(`${file}: read ${fixtures.length} of ${count} cases`);
  return fixtures;
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', f: '\f' };

function unescape(text: string): string {
  return text.replace(/\\(?:([rntf])|x([0-9a-fA-F]{2}))/g, (_, letter?: string, hex = '') =>
    letter === undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : ESCAPES[letter]!,
  );
}

/** The texts of the spans of one message, by kind. */
class Spans {
  statusText = '';
  name = '';
  value = '';
  readonly rawHeaders: string[] = [];

  add(kind: string, text: string): void {
    if (kind === 'status') this.statusText += text;
    else if (kind === 'header_field') this.name += text;
    else if (kind === 'header_value') this.value += text;
  }

  endHeader(): void {
    this.rawHeaders.push(this.name.toLowerCase(), this.value.replace(/^[ \t]+|[ \t]+$/g, ''));
    this.name = '';
    this.value = '';
  }
}

const SPAN = /len=\d+ span\[(\w+)\]=(?:"(.*)"|(cr|lf))$/;

function messagesOf(log: string): ExpectedMessage[] {
  const messages: ExpectedMessage[] = [];
  let spans = new Spans();
  for (const line of log.split('\n')) {
    const [, kind, quoted, named] = SPAN.exec(line) ?? [];
    const status = / headers complete status=(\d+)/.exec(line)?.[1];
    if (kind !== undefined) {
      const text = named === undefined ? unescape(quoted ?? '') : named === 'cr' ? '\r' : '\n';
      if (kind === 'body') messages.at(-1)!.body += text;
      else spans.add(kind, text);
    } else if (line.endsWith(' header_value complete')) {
      spans.endHeader();
    } else if (line.endsWith(' message begin')) {
      spans = new Spans();
    } else if (status !== undefined) {
      const { statusText, rawHeaders } = spans;
      messages.push({ statusCode: Number(status), statusText, rawHeaders, body: '', isComplete: false });
    } else if (line.endsWith(' message complete')) {
      messages.at(-1)!.isComplete = true;
    }
  }
  return messages;
}
