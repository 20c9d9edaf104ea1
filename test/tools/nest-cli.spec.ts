import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

interface NestProject {
  readonly sourceRoot: string;
  readonly entryFile: string;
  readonly compilerOptions: { readonly tsConfigPath: string };
}

interface NestCli {
  readonly projects: Readonly<Record<string, NestProject>>;
}

const { projects }: NestCli = JSON.parse(readFileSync(join(root, 'nest-cli.json'), 'utf8'));

/** `nest start APP` compiles with its tsconfig and runs `node OUT_DIR/ENTRY_FILE`: a run would rewrite dist under others. */
describe.each(Object.entries(projects))('the Nest CLI', (app, { sourceRoot, entryFile, compilerOptions }) => {
  it(`starts what it has built of ${app}`, () => {
    const path = join(root, compilerOptions.tsConfigPath);
    const config = ts.getParsedCommandLineOfConfigFile(path, undefined, {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => expect.fail(JSON.stringify(messageText)),
    });
    const { options, fileNames = [] } = config ?? {};
    const main = join(root, sourceRoot, 'main.ts');
    expect(fileNames).toContain(main);
    expect(existsSync(main)).toBe(true);
    const built = join(options?.outDir ?? '', relative(options?.rootDir ?? '', main)).replace(/\.ts$/, '');
    expect(relative(root, built)).toBe(join('dist', entryFile));
  });
});
