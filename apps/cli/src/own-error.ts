/** What stderr says of a bug of ours: all that helps to find it. */
export function ownErrorReport(error: unknown): string {
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `pooler met an error of its own: ${details}`;
}
