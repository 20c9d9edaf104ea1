import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Page, Target } from '#libs/contracts';

const root = new URL('../..', import.meta.url).pathname;
const MAIN = join(root, 'tools/start/main.mjs');
const LAST_LINE = /^sample run: verdict=pass requests=(\d+) ok=(\d+) retries=(\d+) open_circuit=(\d+)$/;
const HAS_REDIS_SERVER = spawnSync('redis-server', ['--version']).status === 0;
/** The whole service on a machine that other tests keep busy. */
const timeout = 120_000;

let folder: string;
const starts: Start[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pooler-start-'));
});
afterEach(() => {
  for (const { pids } of starts.splice(0)) for (const pid of pids()) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

const WITHOUT_NPM = [process.execPath, 'tools/with-node.mjs', process.execPath, MAIN];

/** `npm start`, by default without npm: in a process group of its own, as a terminal would have it. */
class Start {
  readonly lines: string[] = [];
  readonly ended: Promise<number | null>;
  readonly #tooEarly: Promise<never>;
  readonly #child;
  readonly #marker = `POOLER_TEST_START=${Math.random()}`;
  readonly #waiting: Array<{ text: string; resolve: (line: string) => void }> = [];

  constructor(
    flags: readonly string[],
    variables: Readonly<Record<string, string>> = {},
    [command = '', ...args]: readonly string[] = WITHOUT_NPM,
  ) {
    const [name = '', value] = this.#marker.split('=');
    const own = { TMPDIR: join(folder, 'tmp'), REDIS_URL: '', [name]: value };
    mkdirSync(own.TMPDIR, { recursive: true });
    this.#child = spawn(command, [...args, ...flags], {
      cwd: root,
      env: { ...process.env, ...own, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const input of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input }).on('line', (line) => {
        this.lines.push(line);
        for (const { text, resolve } of this.#waiting) if (line.includes(text)) resolve(line);
      });
    }
    this.ended = once(this.#child, 'close').then(([status]: Array<number | null>) => status ?? null);
    this.#tooEarly = this.ended.then((status) => {
      throw new Error(`ended with ${status}: ${this.lines.join('\n')}`);
    });
    this.#tooEarly.catch(() => {});
    starts.push(this);
  }

  /** The first line with `text`, of either stream. */
  async line(text: string): Promise<string> {
    const seen = this.lines.find((line) => line.includes(text));
    const later = new Promise<string>((resolve) => {
      this.#waiting.push({ text, resolve });
    });
    return seen ?? Promise.race([later, this.#tooEarly]);
  }

  /** Where the api is, as soon as it is ready. */
  async ready(): Promise<string> {
    return (await this.line('ready: ')).replace('ready: ', '');
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  signalGroup(name: NodeJS.Signals): void {
    process.kill(-(this.#child.pid ?? 0), name);
  }

  /** The processes it has brought into the world, each found by a variable that it hands down. */
  pids = (): number[] =>
    readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && this.#isOurs(pid));

  /** The process of `tools/start` itself. */
  get starter(): number {
    const pid = this.pids().find((one) => {
      const [, main] = readFileSync(`/proc/${one}/cmdline`, 'utf8').split('\0');
      return main === MAIN;
    });
    return pid ?? 0;
  }

  #isOurs(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(this.#marker);
    } catch {
      // It has ended, or is somebody else's.
      return false;
    }
  }
}

/** By their names. */
async function targetsAt(url: string): Promise<Readonly<Record<string, Target>>> {
  const page: Page<Target> = JSON.parse(await (await fetch(`${url}/api/v1/targets`)).text());
  return Object.fromEntries(page.items.map((target) => [target.name, target]));
}

describe.skipIf(!existsSync('/proc/self/environ'))('npm start', () => {
  it(
    'runs a sample that a kill does not stop, and leaves nothing behind at Ctrl-C',
    { timeout },
    async () => {
      const start = new Start(['--port', '0']);
      const url = await start.ready();
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      const last = await start.line('verdict');
      expect(last).toMatch(LAST_LINE);
      const [requests = 0, ok = 0, retries = 0] = (LAST_LINE.exec(last) ?? []).slice(1).map(Number);
      expect(requests).toBeGreaterThan(500);
      expect(ok).toBeGreaterThan(requests * 0.98);
      expect(retries).toBeGreaterThan(0);
      expect(await start.line('Ctrl-C')).toContain(url);
      expect(start.lines.filter((line) => line.includes('verdict'))).toEqual([last]);
      expect(start.lines.filter((line) => line.includes('ended by SIGKILL'))).toHaveLength(1);
      expect(start.lines.filter((line) => /^sample run: +\d+ s /.test(line)).length).toBeGreaterThan(5);

      start.signalGroup('SIGINT');
      expect(await start.ended).toBe(130);
      expect(start.pids()).toEqual([]);
      await expect(fetch(url)).rejects.toThrow('fetch failed');
      expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    },
  );

  it('on a machine without redis-server brings a Redis along', { timeout }, async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const program of ['/bin/sh', '/bin/sleep']) symlinkSync(program, join(bin, program.slice(5)));
    const start = new Start(['--port', '0', '--no-sample'], { PATH: bin });
    const url = await start.ready();
    const limits = { maxRate: '1000/s', maxConcurrency: 200, faults: true, allowPrivate: true };
    expect(await targetsAt(url)).toMatchObject({
      local: limits,
      proxied: { ...limits, proxy: { name: 'proxied' } },
    });
    expect(start.lines).toEqual([
      'start: Redis is the embedded one, since there is no redis-server; it keeps nothing',
      `ready: ${url}`,
    ]);
    start.signalGroup('SIGTERM');
    expect(await start.ended).toBe(143);
    // All of them got the signal at once, so the one that we wait for need not be the last to go.
    await expect.poll(() => start.pids(), { timeout: 10_000 }).toEqual([]);
  });

  it.skipIf(!HAS_REDIS_SERVER)(
    'keeps its data in a folder, and ends with its starter',
    { timeout },
    async () => {
      const data = join(folder, 'data');
      const flags = ['--port', '0', '--no-sample', '--data', data];
      const first = new Start(flags);
      const { local } = await targetsAt(await first.ready());
      first.signalGroup('SIGTERM');
      expect(await first.ended).toBe(143);

      const second = new Start(flags);
      const { local: again } = await targetsAt(await second.ready());
      expect(again).toMatchObject({ id: local?.id });
      expect(again?.baseUrl).not.toBe(local?.baseUrl);
      expect(second.lines[0]).toBe(
        `start: Redis is redis-server of this machine; its data is kept in ${data}`,
      );
      process.kill(second.starter, 'SIGKILL');
      await second.ended;
      await vi.waitFor(() => expect(second.pids()).toEqual([]), { timeout: 10_000 });
      expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    },
  );

  it('ends with npm, which tells only its shell of a signal', { timeout }, async () => {
    const start = new Start(['--port', '0', '--no-sample'], {}, ['npm', 'start', '--']);
    const url = await start.ready();
    start.signal('SIGTERM');
    await start.line('ended with npm');
    await expect.poll(() => start.pids(), { timeout: 10_000 }).toEqual([]);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('says that its port is taken, and starts nothing', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const address = squatter.address();
    const port = String(typeof address === 'object' && address?.port);
    const start = new Start(['--port', port]);
    expect(await start.ended).toBe(1);
    squatter.close();
    expect(start.lines).toEqual([
      `start: port ${port} is not free: something listens there already; choose another with --port`,
    ]);
    expect(start.pids()).toEqual([]);
  });

  it.each<[string, string[], Record<string, string>]>([
    ['npm start takes flags only, got "3000"', ['3000'], {}],
    [
      'a flag of npm start must be one of --port, --no-sample, --data, --help, got "--prot"',
      ['--prot=1'],
      {},
    ],
    ['--port must be a whole number from 0 to 65535, got "65536"', ['--port', '65536'], {}],
    ['--port must be a whole number from 0 to 65535, got none', ['--port'], {}],
    ['--no-sample takes no value, got "yes"', ['--no-sample=yes'], {}],
    ['--data must be a folder, got none', ['--data'], {}],
    [
      '--data must be a folder that can be written, got "/dev/null/data" (ENOTDIR)',
      ['--port=0', '--data=/dev/null/data'],
      {},
    ],
    [
      '--data must be left out while REDIS_URL is set: the Redis there keeps what it keeps',
      ['--port=0', '--data=data'],
      { REDIS_URL: 'redis://127.0.0.1:1' },
    ],
    [
      'REDIS_URL must be a URL that begins with redis:// or rediss://',
      ['--port=0'],
      { REDIS_URL: 'http://user:hunter2@host' },
    ],
  ])('refuses with one sentence: %s', async (sentence, flags, variables) => {
    const env = { PATH: process.env['PATH'], ...variables };
    const run = promisify(execFile)(process.execPath, [MAIN, ...flags], { env });
    await expect(run).rejects.toMatchObject({ code: 104, stdout: '', stderr: `start: ${sentence}\n` });
  });
});
