import type { RequestRecord } from '#libs/records';

/**
 * Counts what went wrong: each failed attempt by its errno, else its code, else its status (`HTTP_503`), and each request
 * that ended otherwise than by an attempt (`PLR_CIRCUIT_OPEN`) by its code.
 */
export class ErrorCounts {
  readonly #counts = new Map<string, number>();

  add({ attempts, error }: RequestRecord): void {
    for (const attempt of attempts) {
      const { statusCode = 0 } = attempt;
      if (attempt.error) this.#count(attempt.error.errno ?? attempt.error.code);
      else if (statusCode >= 400) this.#count(`HTTP_${statusCode}`);
    }
    if (error && attempts.at(-1)?.error?.code !== error.code) this.#count(error.errno ?? error.code);
  }

  /** `errors: ECONNRESET=12 ETIMEDOUT=4`, the most frequent first, equals by name; `errors: none` without any. */
  get line(): string {
    const counts = [...this.#counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    const parts = counts.map(([name, count]) => `${name}=${count}`);
    return `errors: ${parts.join(' ') || 'none'}`;
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
