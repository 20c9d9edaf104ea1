import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = resolve(import.meta.dirname, '../..');

/** The image under test. */
export const IMAGE = { repository: 'pooler', tag: 'test' };

/** Runs a command in the project's folder; returns what it printed, rejects with what it complained about. */
export async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd: ROOT, maxBuffer: 64 * 2 ** 20 });
  return stdout;
}

/** A script of the shared folder that looks after the cluster's images. */
export function imageScript(...args: readonly string[]): Promise<string> {
  const shared = process.env['POOLER_SHARED'] ?? join(ROOT, '../shared');
  return run(join(shared, 'cluster/image'), ...args);
}
