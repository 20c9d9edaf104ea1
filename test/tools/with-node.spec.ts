import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Stands in for tsc: "compiles" main.ts by copying it, and fares as the source asks for. */
const TSC = `
const fs = require('node:fs');
const source = fs.readFileSync('apps/cli/src/main.ts', 'utf8');
fs.mkdirSync('dist/apps/cli/src', { recursive: true });
fs.writeFileSync('dist/apps/cli/src/main.js', source);
fs.appendFileSync('builds', 'x');
if (source.includes('type error')) { console.log('main.ts(1,1): error TS1: type error'); process.exit(2); }
if (source.includes('killed compiler')) process.kill(process.pid, 'SIGKILL');
if (source.includes('slow build')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
`;

/** Stands in for npm: installs a link to this Node in tools/runtime, and the fake compiler elsewhere. */
const NPM = `#!/bin/sh
if [ -f npm-fails ]; then echo 'npm error no network' >&2; exit 1; fi
rm -rf node_modules
echo 'added 2 packages'
case $PWD in
  */tools/runtime) mkdir -p node_modules/fake-node/bin && ln -s '${process.execPath}' node_modules/fake-node/bin/node ;;
  *) mkdir -p node_modules/typescript/bin && cp bin/tsc node_modules/typescript/bin/tsc
     echo '{}' > node_modules/typescript/package.json ;;
esac
`;

/** Makes this Node say that it is an old one. */
const OLD_NODE = `data:text/javascript,Object.defineProperties(process, {
  versions: { value: { ...process.versions, node: '20.0.0' } }, version: { value: 'v20.0.0' } })`;

interface Ending {
  status: number | null;
  stdout: string;
  stderr: string;
}

describe('with-node', () => {
  let installed: string;
  let project: string;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    installed = mkdtempSync(join(tmpdir(), 'pooler-installed-'));
    project = installed;
    cpSync(join(root, 'tools'), join(project, 'tools'), {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    });
    cpSync(join(root, 'pooler'), join(project, 'pooler'));
    write('package.json', '{ "type": "module" }');
    write('package-lock.json', '{}');
    write('tsconfig.json', '{}');
    write('tsconfig.build.json', '{}');
    write('tools/runtime/package.json', '{ "optionalDependencies": { "fake-node": "26.0.0" } }');
    write('apps/cli/src/main.ts', 'console.log("one", ...process.argv.slice(2))');
    write('bin/tsc', TSC);
    write('bin/npm', NPM);
    chmodSync(join(project, 'bin/npm'), 0o755);
    await withNode([]);
    for (const made of ['dist', 'builds']) rmSync(join(project, made), { recursive: true });
  });

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'pooler-with-node-'));
    cpSync(installed, project, { recursive: true });
  });

  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    rmSync(project, { recursive: true, force: true });
  });

  afterAll(() => rmSync(installed, { recursive: true, force: true }));

  describe('runs a command', () => {
    it('in the same folder with its standard streams and nothing of its own on stdout', async () => {
      const code = 'process.stdin.on("data", (data) => console.log(process.cwd(), String(data)))';
      const elsewhere = realpathSync(tmpdir());
      const child = start(['node', '--eval', code], { cwd: elsewhere });
      child.stdin?.end('hello');
      expect(await ending(child)).toEqual({
        status: 0,
        stdout: `${elsewhere} hello\n`,
        stderr: 'pooler: building\n',
      });
    });

    it.each([['node'], ['other command']])('and returns its exit status (%s)', async (kind) => {
      const exit = kind === 'node' ? ['node', '--eval', 'process.exit(7)'] : ['sh', '-c', 'exit 7'];
      expect(await withNode(exit)).toMatchObject({ status: 7, stdout: '' });
    });

    it('and returns 128 + n after signal n', async () => {
      expect(await withNode(['sh', '-c', 'kill -TERM $$'])).toMatchObject({ status: 143 });
    });

    it('and says so, with 127, when there is no such command', async () => {
      const { status, stderr } = await withNode(['no-such-command']);
      expect(stderr).toContain('pooler: there is no command no-such-command');
      expect(status).toBe(127);
    });

    it('with a Node on PATH that is new enough', async () => {
      const { stdout } = await withNode(['sh', '-c', 'node --print process.versions.node']);
      expect(Number.parseInt(stdout, 10)).toBeGreaterThanOrEqual(24);
    });

    it('or, without a command, only prepares', async () => {
      expect(await withNode([])).toMatchObject({ status: 0, stdout: '', stderr: 'pooler: building\n' });
    });
  });

  describe('passes signals on', () => {
    it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s reaches the command once', async (signal) => {
      const count = `let n = 0; setInterval(() => {}, 1000);
        process.on("${signal}", () => n++ || setTimeout(() => { console.log(n); process.exit(5); }, 100));
        console.log("ready")`;
      const child = start(['sh', '-c', `exec node --eval '${count}'`]);
      const end = ending(child);
      await firstLine(child);
      child.kill(signal);
      expect(await end).toMatchObject({ status: 5, stdout: 'ready\n1\n' });
    });

    it('ends the command when it is killed itself', async () => {
      const child = start(['sh', '-c', 'echo ready; exec sleep 60']);
      await firstLine(child);
      child.kill('SIGKILL');
      await lastHolderGone(child);
    });

    it('kills a command that ignores its end, and the children of that command', async () => {
      const child = start(['sh', '-c', 'trap "" TERM; sleep 60 & echo ready; wait; sleep 60']);
      await firstLine(child);
      child.kill('SIGKILL');
      await lastHolderGone(child);
    });

    it('leaves alone what the command left behind on purpose', async () => {
      const { stdout } = await withNode(['sh', '-c', '(sleep 0.3; echo still here) &']);
      expect(stdout).toBe('still here\n');
    });
  });

  describe('builds', () => {
    it('once, and again only when a source has changed', async () => {
      await run('one');
      await run('one');
      expect(builds()).toBe(1);
      write('apps/cli/src/main.ts', 'console.log("two")');
      await run('two');
      expect(builds()).toBe(2);
    });

    it('not for a changed spec', async () => {
      await run('one');
      write('apps/cli/src/main.spec.ts', 'changed');
      await run('one');
      expect(builds()).toBe(1);
    });

    it.each(['libs/new/src/index.ts', 'tsconfig.build.json', 'package.json'])(
      'again for a changed %s',
      async (path) => {
        await run('one');
        write(path, '{ "type": "module", "changed": true }');
        await run('one');
        expect(builds()).toBe(2);
      },
    );

    it('again for a source that was deleted or renamed', async () => {
      write('libs/old/src/a.ts', '');
      await run('one');
      rmSync(join(project, 'libs/old/src/a.ts'));
      write('libs/old/src/b.ts', '');
      await run('one');
      expect(builds()).toBe(2);
    });

    it('and stops with the errors of the compiler, on stderr, when it fails', async () => {
      await run('one');
      write('apps/cli/src/main.ts', '// type error');
      for (const attempt of [1, 2]) {
        const { status, stdout, stderr } = await withNode(['node', 'dist/apps/cli/src/main.js']);
        expect({ attempt, status, stdout }).toEqual({ attempt, status: 1, stdout: '' });
        expect(stderr).toContain('error TS1: type error');
        expect(stderr).toContain('pooler: the build failed');
      }
      expect(existsSync(join(project, 'dist/.stamp'))).toBe(false);
    });

    it('and never takes an interrupted build for a good one', async () => {
      write('apps/cli/src/main.ts', '// killed compiler');
      expect(await withNode(['node', 'dist/apps/cli/src/main.js'])).toMatchObject({ status: 137 });
      expect(existsSync(join(project, 'dist/apps/cli/src/main.js'))).toBe(true);
      await withNode(['node', 'dist/apps/cli/src/main.js']);
      expect(builds()).toBe(2);
    });

    it('once for two that start together; the second says that it waits', async () => {
      write('apps/cli/src/main.ts', '// slow build\nconsole.log("one")');
      const endings = await Promise.all([main(), main()]);
      expect(endings.map(({ stdout }) => stdout)).toEqual(['one\n', 'one\n']);
      expect(builds()).toBe(1);
      expect(endings.filter(({ stderr }) => stderr.includes('building'))).toHaveLength(1);
      expect(endings.filter(({ stderr }) => stderr.includes('waiting for process'))).toHaveLength(1);
    });

    it('although a dead process holds the lock', async () => {
      const dead = spawn(process.execPath, ['--eval', '']);
      await once(dead, 'exit');
      write('.pooler/lock', `${dead.pid} 1`);
      await run('one');
      expect(existsSync(join(project, '.pooler/lock'))).toBe(false);
    });
  });

  describe('installs', () => {
    it('when the lockfile has changed, and not again', async () => {
      write('package-lock.json', '{ "changed": true }');
      expect(await withNode([])).toEqual({
        status: 0,
        stdout: '',
        stderr: 'pooler: installing packages\npooler: building\n',
      });
      expect(await withNode([])).toEqual({ status: 0, stdout: '', stderr: '' });
    });

    it('when node_modules was deleted', async () => {
      rmSync(join(project, 'node_modules'), { recursive: true });
      expect((await withNode([])).stderr).toContain('installing packages');
    });

    it('and stops with what npm said and one sentence when that fails', async () => {
      write('package-lock.json', '{ "changed": true }');
      write('npm-fails', '');
      const { status, stderr } = await withNode([]);
      expect(stderr).toContain('npm error no network\npooler: could not install the packages');
      expect(status).toBe(1);
    });

    it('a Node of its own where the running one is too old, once', async () => {
      const command = [
        '--import',
        OLD_NODE,
        join(project, 'tools/with-node.mjs'),
        'node',
        '--print',
        'process.execPath',
      ];
      const first = await ending(track(spawn(process.execPath, command, { cwd: project, env: env() })));
      expect(first).toMatchObject({ status: 0, stdout: `${process.execPath}\n` });
      expect(first.stderr).toMatch(/^pooler: fetching Node 26\.0\.0 \(this is v20\.0\.0\)\n/);
      const second = await ending(track(spawn(process.execPath, command, { cwd: project, env: env() })));
      expect(second).toEqual({ status: 0, stdout: `${process.execPath}\n`, stderr: '' });
    });
  });

  describe('./pooler', () => {
    it('runs through a link from another folder, with its arguments as they are', async () => {
      const elsewhere = join(project, 'else where');
      mkdirSync(elsewhere);
      symlinkSync('../pooler', join(elsewhere, 'link'));
      const child = track(spawn('./link', ['--path', 'a  b', ''], { cwd: elsewhere, env: env() }));
      expect(await ending(child)).toMatchObject({ status: 0, stdout: 'one --path a  b \n' });
    });
  });

  function start(command: string[], options: SpawnOptions = {}): ChildProcess {
    const args = [join(project, 'tools/with-node.mjs'), ...command];
    return track(spawn(process.execPath, args, { cwd: project, env: env(), ...options }));
  }

  function withNode(command: string[]): Promise<Ending> {
    return ending(start(command));
  }

  function main(): Promise<Ending> {
    return withNode(['node', 'dist/apps/cli/src/main.js']);
  }

  async function run(expected: string): Promise<void> {
    expect(await main()).toMatchObject({ status: 0, stdout: `${expected}\n` });
  }

  function track(child: ChildProcess): ChildProcess {
    started.push(child);
    return child;
  }

  /** Our npm comes first. */
  function env(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: [join(project, 'bin'), process.env['PATH']].join(delimiter) };
  }

  function builds(): number {
    return readFileSync(join(project, 'builds'), 'utf8').length;
  }

  function write(path: string, content: string): void {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), content);
  }
});

async function ending(child: ChildProcess): Promise<Ending> {
  const exit = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  await exit;
  return { status: child.exitCode, stdout, stderr };
}

async function firstLine(child: ChildProcess): Promise<void> {
  await once(createInterface({ input: child.stdout! }), 'line');
}

/** Resolves when no process holds the child's stdout any more, and fails after 10 s. */
async function lastHolderGone(child: ChildProcess): Promise<void> {
  child.stdout!.resume();
  await once(child.stdout!, 'close', { signal: AbortSignal.timeout(10_000) });
}
