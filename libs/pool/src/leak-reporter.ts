import { channels } from '#libs/records';
import type { Exchange } from './exchange.ts';

/** Where a request was made: its stack is made into text only when somebody wants it. */
export type RequestPlace = Pick<Error, 'stack'>;

/**
 * Tells of responses whose body nobody read or dumped: each holds a connection. Every one goes over `pooler:leak`; the
 * first of a pool is also a warning of the process, for whoever leaks seldom listens.
 */
export class LeakReporter {
  readonly #origin: string;
  readonly #warn: (sentence: string) => void;
  /** How many there were. */
  count = 0;

  constructor(origin: string, warn: (sentence: string) => void = warnOnProcess) {
    this.#origin = origin;
    this.#warn = warn;
  }

  report(exchange: Exchange, unreadMs: number, place: RequestPlace | undefined): void {
    this.count += 1;
    const { connectionId, responseBytesRead, request } = exchange;
    // The query may hold a secret.
    const [method = '', target = ''] = request.head.split(' ', 2);
    const path = target.split('?', 1)[0] ?? '';
    const madeAt = place?.stack?.replace(/^.*\n/, '');
    if (this.count === 1) {
      const where = madeAt === undefined ? '' : `, made\n${madeAt}`;
      this.#warn(
        `${this.#origin}: nobody read or dumped the response to ${method} ${path} for ${unreadMs} ms; its connection was held ` +
          `all the time${where}`,
      );
    }
    if (!channels.leak.hasSubscribers) return;
    channels.leak.publish({
      origin: this.#origin,
      connectionId,
      method,
      path,
      responseBytesRead,
      unreadMs,
      madeAt,
    });
  }
}

function warnOnProcess(sentence: string): void {
  process.emitWarning(sentence, { type: 'PoolerWarning', code: 'PLR_BODY_LEAK' });
}
