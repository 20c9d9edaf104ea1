/** The candidate that differs least from `word`; the first of equals. */
export function nearestOf(word: string, candidates: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let leastEdits = Infinity;
  for (const candidate of candidates) {
    const edits = editDistance(word, candidate);
    if (edits < leastEdits) {
      leastEdits = edits;
      nearest = candidate;
    }
  }
  return nearest;
}

/** Letters to insert, delete or replace to turn `a` into `b`: Levenshtein, row by row (Wagner and Fischer 1974). */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 0; i < a.length; i += 1) {
    let left = i + 1;
    const row = [left];
    for (let j = 0; j < b.length; j += 1) {
      const replaced = (above[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      left = Math.min(replaced, left + 1, (above[j + 1] ?? 0) + 1);
      row.push(left);
    }
    above = row;
  }
  return above[b.length] ?? 0;
}
