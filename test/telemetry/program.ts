import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ProgramEnd {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of `programs/` as a process of its own, to its end, with no `OTEL_*` variables but these. */
export async function runProgram(
  name: string,
  variables: Readonly<Record<string, string>>,
): Promise<ProgramEnd> {
  const path = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('OTEL_'));
  const child = spawn(process.execPath, ['--conditions=pooler-source', path], {
    env: { ...Object.fromEntries(inherited), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 25_000,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const [code] = await once(child, 'close');
  return { code, ...output };
}
