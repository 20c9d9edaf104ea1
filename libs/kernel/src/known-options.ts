import { invalidArgument } from './pooler-error.ts';

/** Refuses an option that does not exist: a typing error must not become a default. `known` has a field for each. */
export function refuseUnknownOptions(whose: string, options: object, known: object): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) {
      const article = /^[aeiou]/.test(whose) ? 'an' : 'a';
      throw invalidArgument(`${article} ${whose} option`, name, `one of ${Object.keys(known).join(', ')}`);
    }
  }
}
