import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FIRST_SEEDS, MUTANTS, edited } from './mutants.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** A mutant must be caught within so many seeds, of so many steps each: the first ones, or from one that is known. */
const SEEDS = 40;
const STEPS = 10_000;

/** How a run of the fuzzer over the mutant ended: its exit status, and the first line that it complained with. */
async function fuzzMutant(name: string): Promise<{ status: number; complaint: string }> {
  const args = [
    '--conditions=pooler-source',
    '--import',
    './test/fuzz/plant-mutant.ts',
    'test/fuzz/replay.ts',
    `--seed=${FIRST_SEEDS[name] ?? 1}`,
    `--seeds=${SEEDS}`,
    `--steps=${STEPS}`,
  ];
  try {
    await promisify(execFile)(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, POOLER_MUTANT: name },
    });
    return { status: 0, complaint: '' };
  } catch (error) {
    if (!(error instanceof Error && 'stderr' in error && 'code' in error)) throw error;
    return { status: Number(error.code), complaint: String(error.stderr).split('\n')[0] ?? '' };
  }
}

describe.each(Object.entries(MUTANTS))('a pool that %s', (name, edits) => {
  it('is still one edit away from the real one', () => {
    for (const edit of edits) {
      const source = readFileSync(path.join(ROOT, edit.file), 'utf8');
      expect(edited(source, edit)).not.toBe(source);
    }
  });

  it('is caught by the model fuzzer', { timeout: 120_000 }, async () => {
    const { status, complaint } = await fuzzMutant(name);
    console.log(`${name}: ${complaint}`);
    expect(status).toBe(1);
    expect(complaint).toMatch(/^seed \d+, step \d+: /);
  });
});

describe('an edit', () => {
  it('is refused when its anchor is gone, or is there twice', () => {
    const edit = { file: 'x.ts', anchor: 'a();', instead: '' };
    expect(() => edited('b();', edit)).toThrow('it is there 0 times');
    expect(() => edited('a(); a();', edit)).toThrow('it is there 2 times');
  });
});
