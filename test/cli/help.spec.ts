import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runInside } from './captured-io.ts';
import { runCommand } from './command-process.ts';

function golden(name: string): string {
  return readFileSync(join(import.meta.dirname, 'golden', name), 'utf8');
}

describe('pooler --help', () => {
  it('is the golden page, on stdout, and ends well', async () => {
    expect(await runCommand('--help')).toEqual({ exitCode: 0, stdout: golden('help.txt'), stderr: '' });
  });

  it('is the same page after run', async () => {
    const { exitCode, out } = await runInside(['run', '-h']);
    expect(exitCode).toBe(0);
    expect(`${out.join('\n')}\n`).toBe(golden('help.txt'));
  });

  it.each(['target', 'proxy', 'explain'])('of %s is a golden page of its own', async (name) => {
    const { exitCode, out } = await runInside([name, '--help']);
    expect(exitCode).toBe(0);
    expect(`${out.join('\n')}\n`).toBe(golden(`${name}-help.txt`));
  });

  it.each('--rate --stages --check --histogram --json --report --live --otlp'.split(' '))(
    'does not promise %s, whose part comes later',
    (flag) => {
      expect(golden('help.txt')).not.toContain(`${flag} `);
    },
  );
});

it('pooler --version prints the version of the package', async () => {
  const { exitCode, out } = await runInside(['--version']);
  expect(exitCode).toBe(0);
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
  );
  expect(out).toEqual([manifest.version]);
});
