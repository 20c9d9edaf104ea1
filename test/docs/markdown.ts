/** A table in Markdown. */
export function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** `a`, `b`, `c`. */
export function codes(texts: readonly string[]): string {
  return texts.map(code).join(', ');
}

/** As the middle of a line: the pages begin no cell with a capital that the sentence does not ask for. */
export function lowered(meaning: string): string {
  const text = meaning.replace(/\.$/, '');
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
