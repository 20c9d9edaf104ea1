import {
  Injectable,
  Logger,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, mergeMap, of, type Observable } from 'rxjs';
import { IdempotencyKeys, ProblemError } from '#libs/service';
import { headerOf, pathOf, type HttpReply, type HttpRequest } from '../http.ts';

const MAX_KEY_LENGTH = 200;

/** Gives a POST with an `Idempotency-Key` that was answered before the same answer, and does it no second time. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  readonly #log = new Logger('api');
  readonly #keys: IdempotencyKeys;

  constructor(keys: IdempotencyKeys) {
    this.#keys = keys;
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const reply = context.switchToHttp().getResponse<HttpReply>();
    const key = headerOf(request, 'idempotency-key');
    if (key === undefined) return next.handle();
    if (key === '' || key.length > MAX_KEY_LENGTH) {
      const message = `Idempotency-Key must be 1 to ${MAX_KEY_LENGTH} characters, got ${key.length}`;
      throw new ProblemError('invalid_request', message);
    }
    const scope = `${request.principal?.name ?? ''} ${pathOf(request)}`;
    const { body } = request;
    const use = await this.#keys.use(scope, key, body);
    switch (use.kind) {
      case 'answered':
        if (use.response.location !== undefined) reply.header('location', use.response.location);
        return of(use.response.body);
      case 'busy':
        throw new ProblemError('idempotency_key_busy', `the first request with ${key} has no answer yet`);
      case 'reused':
        throw new ProblemError('idempotency_key_reused', `${key} came with another body before`);
      case 'first':
        return next.handle().pipe(
          catchError(async (error: unknown) => {
            await this.#logged(this.#keys.release(scope, key));
            throw error;
          }),
          mergeMap(async (answer: unknown) => {
            const location = reply.getHeader('location');
            const kept = { location: typeof location === 'string' ? location : undefined, body: answer };
            await this.#logged(this.#keys.keep(scope, key, body, kept));
            return answer;
          }),
        );
    }
  }

  /** What was done is done, and its answer goes out, whether or not that can be remembered. */
  async #logged(writing: Promise<void>): Promise<void> {
    await writing.catch((error: unknown) => this.#log.error(error));
  }
}
