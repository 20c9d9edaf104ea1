import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#libs/testing';
import { startCommand } from '../cli/command-process.ts';
import { TestProxies } from '../proxy/control-client.ts';
import { ask } from '../target/ask.ts';
import { TargetProcess } from '../target/target-process.ts';

const WINDOW_MS = 20_000;
/** What a fault lives beyond its window. */
const GRACE_MS = 10_000;

/** Of the proxy alone: the run that is killed goes by the machine's. */
let clock: FakeClock;
let folder: string;
let target: TargetProcess;
let proxies: TestProxies;
let proxyPort: number;

beforeEach(async () => {
  clock = new FakeClock();
  folder = mkdtempSync(join(tmpdir(), 'pooler-killed-'));
  target = new TargetProcess('--port', '0');
  proxies = await TestProxies.start(1, clock);
  proxyPort = await proxies.proxyTo((await target.listening()).port);
});
afterEach(async () => {
  target[Symbol.dispose]();
  await proxies[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Starts a campaign with one fault of the proxy, and kills it once the proxy is as `isStruck` says. */
async function killRun(fault: object, isStruck: (proxy: string) => boolean): Promise<void> {
  const file = join(folder, 'campaign.json');
  writeFileSync(
    file,
    JSON.stringify({
      name: 'killed',
      target: 'web',
      scenarios: [
        { name: 'health', model: 'open', stages: [{ duration: '30s', target: '20/s' }], request: {} },
      ],
      faults: [{ id: 'between', where: 'proxy', duration: `${WINDOW_MS}ms`, ...fault }],
      checks: [],
    }),
  );
  const flags = ['--local', '--url', `http://127.0.0.1:${proxyPort}`, '--proxy-url', proxies.url];
  const run = startCommand(['campaign', 'run', file, ...flags]);
  try {
    while (!isStruck((await proxies.send('GET', '/proxies/web')).text));
  } finally {
    run.signal('SIGKILL');
    await run.ended;
  }
}

async function statusThrough(): Promise<number | undefined> {
  return (await ask(`http://127.0.0.1:${proxyPort}/health`)).status;
}

/** The proxy when every change before is over. */
async function proxy(): Promise<{ readonly enabled: boolean; readonly toxics: readonly object[] }> {
  return JSON.parse((await proxies.send('PATCH', '/proxies/web', {})).text);
}

describe('a run that was killed with SIGKILL', { timeout: 30_000 }, () => {
  it('leaves no toxic beyond its time to live', async () => {
    await killRun({ type: 'http_status', attributes: { status: 598 } }, (text) => text.includes('between'));
    clock.advance(WINDOW_MS + GRACE_MS - 1);
    expect(await statusThrough()).toBe(598);
    clock.advance(1);
    expect(await proxy()).toMatchObject({ toxics: [] });
    expect(await statusThrough()).toBe(200);
  });

  it('leaves no proxy down beyond its time to live', async () => {
    await killRun({ type: 'down' }, (text) => text.includes('"enabled":false'));
    clock.advance(WINDOW_MS + GRACE_MS - 1);
    expect(await proxy()).toMatchObject({ enabled: false });
    clock.advance(1);
    expect(await proxy()).toMatchObject({ enabled: true });
    expect(await statusThrough()).toBe(200);
  });
});
