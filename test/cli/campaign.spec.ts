import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBadArgument } from '../../apps/cli/src/bad-argument.ts';
import { campaignCommand } from '../../apps/cli/src/campaign.ts';
import { EXIT } from '../../apps/cli/src/exit-code.ts';
import { TestServer } from './test-server.ts';

const VERDICT = /^verdict=(\w+) requests=(\d+) ok=(\d+) retries=(\d+) open_circuit=(\d+)$/;
const STATS = /^\[stats\] ok=\d+ fail=\d+ retry=\d+ open_circuit=\d+ pool_active=\d+ pool_idle=\d+$/;

const CAMPAIGN = `
name: short
target: local
seed: 42
scenarios:
  - { name: health, model: closed, concurrency: 2, requests: 40, request: { path: /health } }
checks: ['failed.rate <= 1%']
`;

const LONG = CAMPAIGN.replace('requests: 40', 'duration: 20s');

interface Ended {
  readonly exitCode: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

let folder: string;
let server: TestServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pooler-campaign-'));
  server = await TestServer.start();
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await server[Symbol.asyncDispose]();
});

function file(text: string, name = 'campaign.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Runs `pooler campaign` inside the test; `signalAfter` sends one once so many requests have come. */
async function campaign(args: readonly string[], signalAfter = Infinity): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  let exitCode: number = EXIT.ownError;
  const io = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    draw: undefined,
    onSignal: (listener: () => void) => {
      if (signalAfter !== Infinity) void server.received(signalAfter).then(listener);
      return () => {};
    },
  };
  try {
    await campaignCommand(io, (code) => (exitCode = code)).parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!isBadArgument(error)) throw error;
    return { exitCode: EXIT.badArguments, out, err: [...err, error.message] };
  }
  return { exitCode, out, err };
}

async function run(text: string, flags: readonly string[] = [], signalAfter?: number): Promise<Ended> {
  const url = `http://127.0.0.1:${server.port}`;
  return campaign(['run', file(text), '--local', '--url', url, ...flags], signalAfter);
}

describe('pooler campaign run', () => {
  it('prints its progress, one line for each check, and the verdict last', async () => {
    const { exitCode, out, err } = await run(CAMPAIGN.concat('phases: { baseline: 1s }\n'));
    expect(err).toEqual([]);
    expect(exitCode).toBe(0);
    expect(out[0]).toMatch(STATS);
    expect(out.at(-3)).toMatch(/^seed=42 digest=[0-9a-f]{16} replay=full$/);
    expect(out.at(-2)).toMatch(/^check=pass actual=0% bound=1% samples=\d+ failed\.rate <= 1%$/);
    const [, verdict, requests, ok] = VERDICT.exec(out.at(-1) ?? '') ?? [];
    expect(verdict).toBe('pass');
    // The baseline sends as many as it can.
    expect(Number(requests)).toBeGreaterThan(40);
    expect(ok).toBe(requests);
  });

  it('ends with 99 when a check fails', async () => {
    server.answer = () => 404;
    const { exitCode, out } = await run(CAMPAIGN, ['--quiet']);
    expect(exitCode).toBe(99);
    expect(out.some((line) => line.startsWith('[stats]'))).toBe(false);
    expect(out.at(-2)).toMatch(/^check=fail actual=100% bound=1%/);
    expect(out.at(-1)).toMatch(/^verdict=fail /);
  });

  it('ends with 98 when too little was measured', async () => {
    const { exitCode, out } = await run(CAMPAIGN.replace('1%', '1% min 1000'), ['--quiet']);
    expect(exitCode).toBe(98);
    expect(out.at(-1)).toMatch(/^verdict=inconclusive /);
  });

  it('is stopped by a guardrail with 106', async () => {
    server.answer = () => 404;
    const text = LONG.concat("guardrails: ['failed.rate > 50%']\n");
    const { exitCode, out } = await run(text, ['--quiet']);
    expect(exitCode).toBe(106);
    expect(out.at(-2)).toBe('guardrail=tripped actual=100% failed.rate > 50%');
  });

  it('is stopped by a signal with 105, when what is in flight is over', async () => {
    const { exitCode, out } = await run(LONG, ['--quiet'], 10);
    expect(exitCode).toBe(105);
    expect(out.at(-1)).toMatch(/^verdict=inconclusive /);
  });

  it('sends nothing in a dry run, and has the digest of the real one', async () => {
    const { exitCode, out } = await run(CAMPAIGN, ['--dry-run', '--quiet']);
    expect(exitCode).toBe(98);
    expect(server.requests).toBe(0);
    expect(out.at(-1)).toBe('verdict=inconclusive requests=0 ok=0 retries=0 open_circuit=0');
    const real = await run(CAMPAIGN, ['--quiet']);
    expect(real.out[0]).toBe(out[0]);
  });

  it('injects the faults of the client, and retries hide them', async () => {
    const fault = '{ id: busy, type: status, magnitude: 503, where: client, every: 4 }';
    const path = join(folder, 'report.json');
    const { exitCode, out } = await run(`${CAMPAIGN}faults: [${fault}]\n`, ['--quiet', '--report', path]);
    expect(exitCode).toBe(0);
    expect(out.at(-1)).toBe('verdict=pass requests=40 ok=40 retries=10 open_circuit=0');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      summary: { attribution: { 'none/first-try': 30, 'injected/after-retry': 10 } },
      faults: [{ id: 'busy', expectedHits: 10, hits: 10 }],
    });
  });

  it('whose supervisor does not obey is an error, which says what it was asked and what it answered', async () => {
    await using other = await TestServer.start();
    other.answer = () => 404;
    const controlUrl = `http://127.0.0.1:${other.port}`;
    const fault = '{ id: kill, type: crash, where: target, duration: 100ms }';
    const text = LONG.concat(`faults: [${fault}]\n`);
    const { exitCode, err, out } = await run(text, ['--quiet', '--control-url', controlUrl]);
    expect(exitCode).toBe(97);
    expect(err).toEqual([
      `the fault kill could not be applied: POST ${controlUrl}/crash was answered with 404: ok; ` +
        `the faults could not be removed: GET ${controlUrl}/state was answered with 404: ok`,
    ]);
    expect(out.at(-1)).toMatch(/^verdict=error /);
  });

  it.each([
    ['json', /"verdict": "pass"/],
    ['xml', /<testsuites[^>]*failures="0"/],
    ['csv', /^section,name,field,value,unit\r\n/],
  ])('writes a report as %s', async (format, content) => {
    const path = join(folder, `report.${format}`);
    await run(CAMPAIGN, ['--quiet', '--report', path]);
    expect(readFileSync(path, 'utf8')).toMatch(content);
  });

  it('tells every problem of the file, with its path, and ends with 104', async () => {
    const text = `
name: short
target: local
scenarios:
  - { name: health, model: open, stages: [{ duration: 1x, target: 40 }], request: { path: health } }
`;
    const { exitCode, err } = await run(text);
    expect(exitCode).toBe(104);
    expect(err.map((line) => line.split(' ')[0])).toEqual([
      'scenarios.0.stages.0.duration:',
      'scenarios.0.stages.0.target:',
      'scenarios.0.request.path:',
    ]);
    expect(server.requests).toBe(0);
  });

  it.each([
    ['a check', CAMPAIGN.replace('<= 1%', '<= 200ms'), /^checks\.0: the bound must be a percentage/],
    ['no YAML', 'name: [', /at line 1, column 8$/],
    [
      'a secret',
      CAMPAIGN.replace('/health }', '/, headers: { a: { secretRef: b } } }'),
      /^scenarios\.0\.request\.headers\.a: must be a text/,
    ],
    [
      'a fault elsewhere',
      `${CAMPAIGN}faults: [{ id: a, type: crash, where: target, duration: 100ms }]\n`,
      /^faults\.0\.where must not be target: --control-url is not given$/,
    ],
    [
      'a fault on the way',
      `${CAMPAIGN}faults: [{ id: a, type: latency, where: proxy, attributes: { latency: 5 } }]\n`,
      /^faults\.0\.where must not be proxy: --proxy-url is not given$/,
    ],
  ])('refuses %s', async (_, text, sentence) => {
    const { exitCode, err } = await run(text);
    expect(exitCode).toBe(104);
    expect(err).toEqual([expect.stringMatching(sentence)]);
  });

  it.each([
    [['run'], /^FILE must be given once, got nothing/],
    [['run', 'a', '--url', 'http://h:1'], /^--local must be given/],
    [['run', 'a', '--local'], /^--url must be an http: or https: URL/],
    [
      ['run', 'a', '--local', '--url', 'http://h:1/path'],
      /^--url must be an http: or https: URL without a path/,
    ],
    [['run', 'nowhere.yaml', '--local', '--url', 'http://h:1'], /^FILE must be a file that can be read/],
    [['run', 'a', '--report', 'b.html'], /^--report must be a file name that ends in/],
    [['walk'], /^campaign must be followed by run or check, got "walk"/],
    [[], /^campaign must be followed by run or check, got nothing/],
  ])('refuses %j', async (args, sentence) => {
    const { exitCode, err } = await campaign(args);
    expect(exitCode).toBe(104);
    expect(err).toEqual([expect.stringMatching(sentence)]);
  });
});

describe('pooler campaign check', () => {
  it('says that nothing is wrong, also with JSON', async () => {
    const document = {
      name: 'in-json',
      target: 'local',
      scenarios: [{ name: 'a', model: 'closed', concurrency: 1, requests: 1, request: {} }],
    };
    const { exitCode, out } = await campaign(['check', file(JSON.stringify(document), 'a.json')]);
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: ['in-json: nothing is wrong with it'] });
  });

  it('says what is', async () => {
    const { exitCode, err } = await campaign(['check', file('{}')]);
    expect(exitCode).toBe(104);
    expect(err.map((line) => line.split(':')[0])).toEqual(['name', 'target', 'scenarios']);
  });
});
