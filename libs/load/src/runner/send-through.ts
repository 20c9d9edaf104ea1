import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Client, RequestOptions } from '#libs/client';
import { PoolerError } from '#libs/kernel';
import type { Send } from './send.ts';

/** The request that a load repeats. */
export interface LoadRequest extends Pick<RequestOptions, 'method' | 'headers' | 'body' | 'idempotent'> {
  /** An http: URL. */
  readonly url: string;
}

/**
 * Sends `request` through `client`, body included, under the number that the load has given it. A request that fails is
 * over like any other: the client's stats and channels know of it. One that the client refuses to make ends the load.
 *
 * In the closed model it waits for the breaker's permits, since a worker must not turn an open breaker into a storm; in
 * the open model a refusal is an end like any other.
 */
export function sendThrough(client: Client, request: LoadRequest, model: 'open' | 'closed'): Send {
  const { url, ...fields } = request;
  const options: RequestOptions = { ...fields, awaitBody: true, waitForPermit: model === 'closed' };
  return async (requestSeq) => {
    try {
      const response = await client.request(url, { ...options, requestSeq });
      // All of it, however long: a body cut short would cost its connection.
      await response.body.dump(Infinity);
    } catch (error) {
      // A request that can never be made is no outcome: whoever made the load has to hear of it, once.
      if (!(error instanceof PoolerError) || error.code === 'PLR_INVALID_ARGUMENT') throw error;
      // A full queue refuses within the same turn of the loop; workers that tried again at once would hold up the I/O
      // that empties it.
      if (error.kind === 'local' && model === 'closed') await turnOfTheLoop();
    }
  };
}
