import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** A house in small, in which every import is one that the table allows. */
const LEGAL: Record<string, string> = {
  'libs/kernel/src/index.ts': 'export const kernel = 1;',
  'libs/kernel/src/secret.ts': 'export const secret = 1;',
  'libs/records/src/index.ts': "export { kernel } from '#libs/kernel';",
  'libs/http1/src/index.ts': "export { kernel as http1 } from '#libs/kernel';",
  'libs/pool/src/index.ts': "export { http1 as pool } from '#libs/http1';\nexport type Transport = number;",
  'libs/faults/src/index.ts': "export { kernel as faults } from '#libs/kernel';",
  'libs/faults/src/apply/index.ts': "export type { Transport } from '#libs/pool';",
  'libs/client/src/index.ts': "export { pool as client } from '#libs/pool';",
  'libs/client/src/faulty.ts': "export * from '#libs/faults/apply';",
  'libs/pool/src/fake.spec-helper.ts': "import '#libs/testing';",
  'libs/client/src/client.spec.ts': "import 'vitest';\nimport '#libs/testing';",
  'libs/load/src/index.ts': 'export const schedule = 1;',
  'libs/load/src/runner/index.ts': "export { client } from '#libs/client';",
  'libs/run/src/index.ts': "export { schedule } from '#libs/load';",
  'libs/run/src/client/index.ts': "import '#libs/client';\nimport '#libs/load/runner';\nimport '#libs/run';",
  'libs/testing/src/index.ts': "export type { Transport } from '#libs/pool';",
  'libs/campaign/src/index.ts': "export { schedule } from '#libs/load';",
  'libs/pool/src/the-cycle.ts': "import './cycle.ts';",
  'libs/pool/src/one.ts': "import type { Two } from './two.ts';\nexport type One = Two[];",
  'libs/pool/src/two.ts': "import type { One } from './one.ts';\nexport type Two = One[];",
  'libs/pool/src/native/peek.ts': "export const load = () => import('koffi');",
  'apps/cli/src/main.ts': "import 'commander';\nimport '#libs/client';\nimport '#libs/load/runner';",
  'apps/target/src/main.ts': "import '#libs/kernel';",
  'test/pool/reuse.spec.ts': "import '#libs/client';\nimport '#libs/testing';",
};

/** Files to add to it, each with the rules that it breaks. */
const ILLEGAL: Record<string, { content: string; breaks: string[] }> = {
  'libs/kernel/src/upwards.ts': {
    content: "import '../../../apps/cli/src/main.ts';",
    breaks: ['not-upwards'],
  },
  'libs/kernel/src/network.ts': { content: "import 'node:net';", breaks: ['libs/kernel: offline'] },
  'libs/kernel/src/room.ts': { content: "import '#libs/records';", breaks: ['libs/kernel: rooms'] },
  'libs/http1/src/package.ts': { content: "import 'koffi';", breaks: ['libs/http1: packages'] },
  'libs/http1/src/room.ts': { content: "import '#libs/pool';", breaks: ['libs/http1: rooms'] },
  'libs/http1/src/nowhere.ts': { content: "import './nothing.ts';", breaks: ['resolvable'] },
  'libs/pool/src/deep.ts': {
    content: "import '../../kernel/src/secret.ts';",
    breaks: ['by-name', 'libs/pool: rooms'],
  },
  'libs/pool/src/by-path.ts': { content: "import '../../kernel/src/index.ts';", breaks: ['by-name'] },
  'libs/pool/src/testing.ts': { content: "import '#libs/testing';", breaks: ['libs/pool: rooms'] },
  'libs/pool/src/native/eager.ts': {
    content: "import 'koffi';",
    breaks: ['libs/pool/src/native: lazy packages'],
  },
  'libs/pool/src/cycle.ts': { content: "import './the-cycle.ts';", breaks: ['no-cycles'] },
  'libs/faults/src/apply/value.ts': {
    content: "export { pool } from '#libs/pool';",
    breaks: ['libs/faults/src/apply: types only'],
  },
  'libs/faults/src/leaning.ts': {
    content: "import './apply/index.ts';",
    breaks: ['faults/apply: second door'],
  },
  'libs/campaign/src/runner.ts': { content: "import '#libs/load/runner';", breaks: ['libs/campaign: rooms'] },
  'libs/load/src/client.ts': { content: "import '#libs/client';", breaks: ['libs/load: rooms'] },
  'libs/run/src/runner.ts': { content: "import '#libs/load/runner';", breaks: ['libs/run: rooms'] },
  'libs/run/src/leaning.ts': { content: "import './client/index.ts';", breaks: ['run/client: second door'] },
  'libs/unknown/src/index.ts': { content: "import '#libs/kernel';", breaks: ['in-the-table'] },
  'libs/pool/src/helped.ts': { content: "import './fake.spec-helper.ts';", breaks: ['built'] },
  'apps/target/src/other-app.ts': { content: "import '../../cli/src/main.ts';", breaks: ['apps-apart'] },
  'test/pool/deep.spec.ts': { content: "import '../../libs/kernel/src/secret.ts';", breaks: ['by-name'] },
};

const PACKAGES = ['commander', 'koffi', 'vitest'];

interface Cruise {
  summary: { violations: { from: string; rule: { name: string } }[] };
}

describe('the import table', () => {
  let house: string;

  beforeAll(async () => {
    house = await mkdtemp(join(tmpdir(), 'pooler-house-'));
    for (const name of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
      await cp(join(root, name), join(house, name));
    }
    for (const name of PACKAGES) {
      await write(join('node_modules', name, 'index.js'), '');
      await write(join('node_modules', name, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
    }
    for (const [path, content] of Object.entries(LEGAL)) await write(path, content);
    for (const [path, { content }] of Object.entries(ILLEGAL)) await write(path, content);
  });

  afterAll(() => rm(house, { recursive: true, force: true }));

  it('stops exactly the imports that it forbids', async () => {
    const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'apps', 'libs', 'test'];
    const { stdout } = await run(process.execPath, [cruiser, ...args], { cwd: house, maxBuffer: 2 ** 24 });
    const { summary }: Cruise = JSON.parse(stdout);
    const found = summary.violations.map(({ from, rule }) => `${from} breaks ${rule.name}`);
    const planted = Object.entries(ILLEGAL).flatMap(([path, { breaks }]) =>
      breaks.map((rule) => `${path} breaks ${rule}`),
    );
    expect(found.toSorted()).toEqual(planted.toSorted());
  });

  async function write(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(house, path)), { recursive: true });
    await writeFile(join(house, path), content);
  }
});
