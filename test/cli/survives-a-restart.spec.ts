import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReportModel } from '#libs/report';
import { ask } from '../target/ask.ts';
import { TargetProcess } from '../target/target-process.ts';
import { runInside } from './captured-io.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../examples/survives-a-restart.yaml');

/** Half a minute is no time for a test. */
const SHORTER: ReadonlyArray<readonly [string, string]> = [
  ['baseline: 5s', 'baseline: 500ms'],
  ['recovery: 10s', 'recovery: 3s'],
  ['duration: 20s', 'duration: 3s'],
  ['duration: 8s', 'duration: 1500ms'],
  ['start: 10s', 'start: 1500ms'],
];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pooler-example-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function shortExample(): string {
  let text = readFileSync(EXAMPLE, 'utf8');
  for (const [long, short] of SHORTER) {
    expect(text).toContain(long);
    text = text.replaceAll(long, short);
  }
  const path = join(folder, 'campaign.yaml');
  writeFileSync(path, text);
  return path;
}

it('the example kills its target, and the client survives that and its own faults', async () => {
  using target = new TargetProcess('--port', '0', '--supervise');
  const { url, pid } = await target.listening();
  const controlUrl = await target.control();
  const reportPath = join(folder, 'report.json');
  const flags = ['--local', '--url', url, '--control-url', controlUrl, '--quiet', '--report', reportPath];
  const campaign = ['campaign', 'run', shortExample(), ...flags];

  const dry = await runInside([...campaign, '--dry-run']);
  const { err, out } = await runInside(campaign);
  expect(err).toEqual([]);
  // How fast this machine is decides the verdict; what happened does not hang on it.
  expect(out.at(-1)).toMatch(/^verdict=(pass|fail|inconclusive) /);
  expect(out[0]).toBe(dry.out[0]);

  const ofFaults = out.filter((line) => line.startsWith('fault='));
  expect(ofFaults.map((line) => line.split(' detected=')[0])).toEqual([
    'fault=resets where=client from=0ms to=1500ms',
    'fault=unavailable where=client from=0ms to=3000ms',
    'fault=crash where=target from=1500ms to=2000ms',
  ]);

  const state: unknown = JSON.parse((await ask(`${controlUrl}/state`)).body.toString());
  expect(state).toMatchObject({ state: 'up', restarts: 1 });
  expect(state).not.toMatchObject({ pid });

  const report: ReportModel = JSON.parse(readFileSync(reportPath, 'utf8'));
  expect(report).toMatchObject({ state: 'completed', reason: null, replay: 'partial' });
  const { summary, phases, faults } = report;
  expect(faults.map(({ id, hits }) => [id, (hits ?? 0) > 0])).toEqual([
    ['resets', true],
    ['unavailable', true],
    // Its hits are what the target's restart did, and nobody counts those.
    ['crash', false],
  ]);
  for (const { id, startMs, endMs, detectedMs, recoveredMs } of faults) {
    expect(detectedMs, id).toBeGreaterThanOrEqual(startMs);
    // A machine too slow for the load may have no steady stretch.
    expect(recoveredMs ?? Infinity, id).toBeGreaterThanOrEqual(endMs);
    const recovered = recoveredMs === null ? 'none' : `${recoveredMs}ms`;
    expect(ofFaults.join('\n')).toContain(`detected=${detectedMs}ms recovered=${recovered}`);
  }
  expect(summary.errors['PLR_CONNECT_REFUSED']).toBeGreaterThan(0);
  expect(phases.stages.attribution['injected/after-retry']).toBeGreaterThan(0);
  expect(phases.baseline.attribution).toEqual({ 'none/first-try': phases.baseline.requests });
  const cells = Object.values(summary.attribution).reduce((sum, count) => sum + count, 0);
  expect(cells).toBe(summary.requests);
});
