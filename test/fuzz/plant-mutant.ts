/** Plants the mutant named by `POOLER_MUTANT` in the sources that this process loads: for `node --import`. */
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { MUTANTS, edited } from './mutants.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const name = process.env['POOLER_MUTANT'] ?? '';
const edits = MUTANTS[name];
if (!edits) throw new Error(`no such mutant: ${name}`);
const missed = new Set(edits);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const own = edits.filter(({ file }) => url === pathToFileURL(path.join(ROOT, file)).href);
    if (own.length === 0) return loaded;
    let source = new TextDecoder().decode(
      typeof loaded.source === 'string' ? Buffer.from(loaded.source) : loaded.source,
    );
    for (const edit of own) {
      source = edited(source, edit);
      missed.delete(edit);
    }
    return { ...loaded, source };
  },
});

process.on('exit', () => {
  for (const { file } of missed) {
    console.error(`the mutant was not planted: ${file} was never loaded`);
    process.exitCode = 2;
  }
});
