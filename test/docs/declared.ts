import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../..');

/** One field, option or method, as its declaration has it. */
export interface Declared {
  readonly name: string;
  /** As it is written, without `| undefined`. */
  readonly type: string;
  readonly mayBeUndefined: boolean;
  /** The doc comment in one line. */
  readonly doc: string;
  /** Where it stands, for sentences. */
  readonly place: string;
}

/**
 * The public members of an interface, a class or an object, in their order. Each must have a doc comment.
 * @param without those that are not for the page
 */
export function membersOf(file: string, owner: string, without: readonly string[] = []): Declared[] {
  const source = sourceOf(file);
  return memberNodesOf(source, owner).flatMap((member) => {
    if (!member.name || ts.isPrivateIdentifier(member.name) || isHidden(member)) return [];
    const name = member.name.getText(source);
    if (without.includes(name)) return [];
    const place = `${owner}.${name} of ${file}`;
    return [{ name, ...typeOf(member, source), doc: docOf(member, place), place }];
  });
}

/** A number that a file keeps to itself: `64 * 1024` is 65536. */
export function numberOf(file: string, name: string): number {
  const source = sourceOf(file);
  const found = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .find((declaration) => declaration.name.getText(source) === name);
  const factors = found?.initializer?.getText(source).replaceAll('_', '').split(' * ').map(Number) ?? [];
  const value = factors.reduce((product, factor) => product * factor, 1);
  if (factors.length === 0 || Number.isNaN(value)) throw new Error(`${file} has no number ${name}`);
  return value;
}

/** The texts that a type may be, each with the comment before it. */
export function literalsOf(
  file: string,
  alias: string,
): Array<{ readonly text: string; readonly doc: string }> {
  const source = sourceOf(file);
  const { type } = aliasOf(source, alias);
  const members = ts.isUnionTypeNode(type) ? [...type.types] : [type];
  return members.map((member, index) => {
    const text = ts.isLiteralTypeNode(member) ? member.literal : undefined;
    if (!text || !ts.isStringLiteral(text)) throw new Error(`${alias} of ${file} is not made of texts only`);
    // The comment stands before the bar, and the node begins behind it.
    const before = source.text.slice(members[index - 1]?.end ?? type.pos, member.getStart(source));
    const comments = before.match(/\/\*\*.*?\*\//gs) ?? [];
    return { text: text.text, doc: oneLine(comments.join(' ').replaceAll(/^\s*\/?\*+\/?|\*\/$/gm, '')) };
  });
}

/** The same for a union of objects: the members of each, under the text that tells it apart. */
export function variantsOf(
  file: string,
  alias: string,
): Array<{ readonly name: string; readonly members: Declared[] }> {
  const source = sourceOf(file);
  const { type } = aliasOf(source, alias);
  const literals = ts.isUnionTypeNode(type) ? type.types.filter(ts.isTypeLiteralNode) : [];
  return literals.map((literal) => {
    const members = literal.members.map((member) => {
      const name = member.name?.getText(source) ?? '';
      const place = `${alias}.${name} of ${file}`;
      return { name, ...typeOf(member, source), doc: docOf(member, place), place };
    });
    return { name: members[0]?.type.replaceAll("'", '') ?? '', members };
  });
}

function sourceOf(file: string): ts.SourceFile {
  const text = readFileSync(resolve(root, file), 'utf8');
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

function aliasOf(source: ts.SourceFile, name: string): ts.TypeAliasDeclaration {
  const found = source.statements.filter(ts.isTypeAliasDeclaration).find((alias) => alias.name.text === name);
  if (!found) throw new Error(`${source.fileName} declares no type ${name}`);
  return found;
}

type Member = ts.TypeElement | ts.ClassElement | ts.ObjectLiteralElementLike;

function memberNodesOf(source: ts.SourceFile, owner: string): readonly Member[] {
  for (const statement of source.statements) {
    const isNamed = ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement);
    if (isNamed && statement.name?.text === owner) return statement.members;
    if (!ts.isVariableStatement(statement)) continue;
    const [declaration] = statement.declarationList.declarations;
    if (declaration?.name.getText(source) !== owner) continue;
    let value = declaration.initializer;
    while (value && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value))) value = value.expression;
    if (value && ts.isObjectLiteralExpression(value)) return value.properties;
  }
  throw new Error(`${source.fileName} declares no interface, class or object ${owner}`);
}

function isHidden(member: Member): boolean {
  // Of an overloaded method the last declaration is its body: nobody sees it.
  const isComputed = member.name !== undefined && ts.isComputedPropertyName(member.name);
  return (isComputed && !/asyncIterator/.test(member.name.getText())) || ts.isSetAccessorDeclaration(member);
}

function typeOf(member: Member, source: ts.SourceFile): Pick<Declared, 'type' | 'mayBeUndefined'> {
  const node = 'type' in member ? member.type : undefined;
  const isMethod = ts.isMethodDeclaration(member) || ts.isMethodSignature(member);
  const parameterText = (one: ts.ParameterDeclaration): string =>
    one.initializer ? `${one.name.getText(source)}?` : one.getText(source);
  const parameters = isMethod ? `(${member.parameters.map(parameterText).join(', ')})` : '';
  const written = (node?.getText(source) ?? '').replaceAll(/\s+/g, ' ');
  const bare = written.replace(/ \| undefined$/, '');
  // The name of a union of texts says less than the texts.
  const alias = source.statements.filter(ts.isTypeAliasDeclaration).find((one) => one.name.text === bare);
  const texts = alias && /^[^{]*$/.test(alias.type.getText(source)) ? alias.type.getText(source) : bare;
  const type = isMethod ? `${parameters}: ${written}` : texts;
  return { type, mayBeUndefined: bare !== written };
}

function docOf(member: Member, place: string): string {
  const docs = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
  const doc = docs.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '').join(' ');
  if (doc.trim() === '') throw new Error(`${place} has no doc comment, and a page of docs/ is made of it`);
  return oneLine(doc);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
