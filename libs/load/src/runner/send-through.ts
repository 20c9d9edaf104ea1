import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Client, RequestOptions } from '#libs/client';
import { PoolerError } from '#libs/kernel';
import type { Send } from './closed-load.ts';

/** The request that a load repeats. */
export interface LoadRequest extends Pick<RequestOptions, 'method' | 'headers' | 'body'> {
  /** An http: URL. */
  readonly url: string;
}

/**
 * Sends `request` through `client`, body included. A request that fails is over like any other: the client's stats and
 * channels know of it. It waits for the breaker's permits, since a worker must not turn an open breaker into a storm.
 */
export function sendThrough(client: Client, request: LoadRequest): Send {
  const { url, method, headers, body } = request;
  const options: RequestOptions = { method, headers, body, awaitBody: true, waitForPermit: true };
  return async () => {
    try {
      const response = await client.request(url, options);
      // All of it, however long: a body cut short would cost its connection.
      await response.body.dump(Infinity);
    } catch (error) {
      if (!(error instanceof PoolerError)) throw error;
      // A full queue refuses within the same turn of the loop; workers that tried again at once would hold up the I/O
      // that empties it.
      if (error.kind === 'local') await turnOfTheLoop();
    }
  };
}
