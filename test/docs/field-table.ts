import type { Declared } from './declared.ts';
import { code, table } from './markdown.ts';

/** The fields of a record, of counts or of a class, from their doc comments. */
export function fieldTable(members: readonly Declared[]): string {
  const rows = members.map(({ name, type, mayBeUndefined, doc }) => [
    code(name),
    doc.replace(/\.$/, '').replaceAll('|', '\\|'),
    unitOf(name),
    typeText(type) + (mayBeUndefined ? ', or `undefined`' : ''),
  ]);
  return table(['field', 'what it is', 'unit', 'type'], rows);
}

/** The methods of a class, from their doc comments. */
export function methodTable(members: readonly Declared[]): string {
  const rows = members.map(({ name, type, doc }) => [
    typeText(type.startsWith('(') ? `${name}${type}` : `${name}: ${type}`),
    doc.replaceAll('|', '\\|'),
  ]);
  return table(['member', 'what it does'], rows);
}

export function isMethod({ type }: Declared): boolean {
  return type.startsWith('(');
}

function typeText(type: string): string {
  return code(type.replaceAll('|', '\\|'));
}

function unitOf(name: string): string {
  if (name.endsWith('AtMs')) return 'ms of the clock';
  if (name.endsWith('Ms')) return 'ms';
  return /Bytes|^bytes/.test(name) ? 'bytes' : '–';
}
