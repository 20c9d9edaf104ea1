import { objectOf, parseJson, textOf } from './json-object.ts';

/** The Kubernetes API refused a request or could not be reached. The message is one sentence for people. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** The API's word for it (meta/v1 Status.reason), for example `Forbidden`; `Unreachable` when there was no answer. */
  readonly reason: string;

  constructor(message: string, facts: { status?: number; reason: string; cause?: unknown }) {
    super(message, { cause: facts.cause });
    this.status = facts.status;
    this.reason = facts.reason;
  }

  /** The error that an answer with `status` and `body` (a meta/v1 Status) says. */
  static ofAnswer(request: string, status: number, body: string): KubeError {
    const answer = objectOf(parseJson(body));
    const message = textOf(answer['message']) || body.slice(0, 200);
    return new KubeError(`${request}: ${status} ${message}`, {
      status,
      reason: textOf(answer['reason']) || 'Unknown',
    });
  }

  /** Whether the same request may succeed a moment later: no answer, overload, or a failure of the server itself. */
  get isTransient(): boolean {
    return this.status === undefined || this.status === 429 || this.status >= 500;
  }
}
