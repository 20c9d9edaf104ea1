import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTarget } from '#libs/target';
import { TlsServer } from '../pool/tls-server.ts';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

const PAGES = ['README.md', ...readdirSync(resolve(root, 'docs')).map((name) => `docs/${name}`)];

/** What the examples name, as it is here. */
const stage: Array<readonly [name: string, real: string]> = [];
const ends = new AsyncDisposableStack();

interface Example {
  readonly title: string;
  readonly program: string;
  /** What the page says that it prints, where it says so. */
  readonly output: string | undefined;
}

/** Every program of a page, with the block of text right after it. */
function examplesOf(page: string): Example[] {
  const text = readFileSync(resolve(root, page), 'utf8');
  const blocks = text.matchAll(/^```ts\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms);
  return Array.from(blocks, ([, program = '', output], index) => ({
    title: `${page}, number ${index + 1}`,
    program,
    output,
  }));
}

const EXAMPLES = PAGES.flatMap(examplesOf);

beforeAll(async () => {
  const target = await startTarget({ port: 0 });
  ends.defer(async () => target.close());
  const secure = ends.use(await TlsServer.start());
  const folder = mkdtempSync(join(tmpdir(), 'pooler-'));
  ends.defer(() => rmSync(folder, { recursive: true }));
  const socketPath = join(folder, 'http.sock');
  const local = createServer((_request, response) => response.end('engine'));
  ends.defer(() => local.closeAllConnections());
  ends.use(local);
  await once(local.listen(socketPath), 'listening');
  stage.push(['127.0.0.1:8080', new URL(target.url).host]);
  stage.push(['127.0.0.1:8443', `127.0.0.1:${secure.port}`]);
  stage.push(['root.pem', fileURLToPath(new URL('../fixtures/tls/root.pem', import.meta.url))]);
  stage.push(['/run/engine.sock', socketPath]);
});
afterAll(async () => ends.disposeAsync());

/** As a stranger runs it: by the doors of the package, in a process of its own. */
async function outputOf(program: string): Promise<string> {
  const staged = stage.reduce((text, [name, real]) => text.replaceAll(name, real), program);
  const { outputText } = ts.transpileModule(staged, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.ESNext,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  // Node runs no decorators, so a program that comes in by the door of Nest gets what is built.
  const conditions = program.includes("'pooler/nest'") ? [] : ['--conditions=pooler-source'];
  const args = [...conditions, '--input-type=module', '--eval', outputText];
  const { stdout } = await run(process.execPath, args, { cwd: root, timeout: 20_000 });
  return stage.reduce((text, [name, real]) => text.replaceAll(real, name), stdout);
}

describe('an example', () => {
  it.each(EXAMPLES)('of $title runs, and prints what the page says', async ({ program, output }) => {
    const printed = await outputOf(program);
    if (output !== undefined) expect(printed).toBe(output);
  });
});
