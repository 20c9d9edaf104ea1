import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const START = ['tools/with-node.mjs', process.execPath, 'tools/start.mjs'];
const SUMMARY = /^requests=(\d+) ok=(\d+) retries=(\d+) open_circuit=(\d+) avg_ms=\d+\.\d$/;

interface Show {
  readonly stdout: string[];
  readonly stderr: string[];
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the first line of either stream that holds `text`. */
  line(text: string): Promise<string>;
}

/** `npm start` without npm: in a process group of its own, as a terminal would have it. */
function start(): Show {
  const child = spawn(process.execPath, START, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const waiting: Array<{ text: string; resolve: (line: string) => void }> = [];
  const collect = (stream: NodeJS.ReadableStream, lines: string[]): void => {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const { text, resolve } of waiting) if (line.includes(text)) resolve(line);
    });
  };
  collect(child.stdout, stdout);
  collect(child.stderr, stderr);
  const ended = once(child, 'close').then(([status]: Array<number | null>) => status ?? null);
  return {
    stdout,
    stderr,
    ended,
    signal: (name) => process.kill(-(child.pid ?? 0), name),
    line: async (text) => new Promise((resolve) => waiting.push({ text, resolve })),
  };
}

async function isReachable(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}

describe('npm start', () => {
  it('kills the target once under load and ends with the summary line', { timeout: 120_000 }, async () => {
    const show = start();
    expect(await show.ended).toBe(0);
    const [, requests, ok, retries] = (SUMMARY.exec(show.stdout.at(-1) ?? '') ?? []).map(Number);
    expect(requests).toBe(5_000);
    expect(ok).toBeGreaterThan(4_500);
    expect(retries).toBeGreaterThan(0);
    expect(show.stderr.filter((line) => line.includes('ended by SIGKILL'))).toHaveLength(1);
  });

  it('leaves neither process nor port behind when it is interrupted', { timeout: 60_000 }, async () => {
    const show = start();
    const [, url = ''] = /target (http:\S+?):? /.exec(await show.line('start: target')) ?? [];
    await show.line('[stats]');
    expect(await isReachable(url)).toBe(true);
    show.signal('SIGINT');
    expect(await show.ended).toBe(130);
    expect(await isReachable(url)).toBe(false);
    expect(() => show.signal('SIGINT')).toThrow('ESRCH');
  });
});
