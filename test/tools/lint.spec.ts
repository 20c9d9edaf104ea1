import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

describe('the lint rules', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pooler-lint-'));
    for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json'])
      cpSync(join(root, name), join(folder, name));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('call a promise that nobody awaits an error', () => {
    const { status, output } = lint('async function work(): Promise<void> {}\nwork();\n');
    expect(output).toContain('no-floating-promises');
    expect(status).toBe(1);
  });

  it('have nothing against the same promise awaited', () => {
    expect(lint('async function work(): Promise<void> {}\nawait work();\n').status).toBe(0);
  });

  function lint(source: string): { status: number | null; output: string } {
    writeFileSync(join(folder, 'vitest.config.ts'), source);
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
    const result = spawnSync(process.execPath, [oxlint, '--type-aware', 'vitest.config.ts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { status: result.status, output: result.stdout + result.stderr };
  }
});
