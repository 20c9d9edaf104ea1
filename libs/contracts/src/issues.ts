import type { ProblemIssue } from './problem.ts';

/** What a schema found wrong, in the form that Zod and every other Standard Schema share. */
interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Issues as the service shows them: with the path in dots, and a code where the schema has one. */
export function problemIssues(issues: readonly SchemaIssue[]): ProblemIssue[] {
  return issues.map((issue) => ({
    path: (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
    code: 'code' in issue ? String(issue.code) : 'invalid',
    message: issue.message,
  }));
}
