import type { Clock } from '#libs/kernel';

import { objectOf, parseJson, textOf } from '../json-object.ts';
import { KubeError } from '../kube-error.ts';
import type { PodChange } from '../kube.ts';
import { type Pod, podOf } from '../pod.ts';

/** Where a watch gets its news. */
export interface PodSource {
  /** All pods now, and the resourceVersion at which they were so. */
  list(): Promise<{ readonly pods: readonly Pod[]; readonly resourceVersion: string }>;
  /** The lines of a watch after `resourceVersion`, until the server ends it or `signal` fires. */
  lines(resourceVersion: string, signal: AbortSignal): AsyncIterable<string>;
}

/** The wait before a broken watch is begun again, doubled with each failure in a row, in ms. */
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 2_000;

/** After so many failures in a row a watch gives up: half a minute at the least when nobody answers. */
const FAILURES_MAX = 20;

/**
 * Lists, then watches from there; resumes where it was when the stream ends, and lists anew when the server no longer
 * knows that place (410 Gone). See the Kubernetes docs, "Efficient detection of changes".
 *
 * Ends when `signal` fires. Throws a `KubeError` for what trying again would not change, and after 20 failures in a row.
 */
export async function* watchPods(
  source: PodSource,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<PodChange, void> {
  let resourceVersion: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined) {
        const list = await source.list();
        resourceVersion = list.resourceVersion;
        yield { kind: 'listed', pods: list.pods };
      }
      for await (const line of source.lines(resourceVersion, signal)) {
        const news = readLine(line);
        failures = 0;
        resourceVersion = news.resourceVersion;
        if (news.change) yield news.change;
      }
    } catch (error) {
      if (!(error instanceof KubeError) || failures === FAILURES_MAX) throw error;
      if (error.status === 410) resourceVersion = undefined;
      else if (!error.isTransient) throw error;
      failures += 1;
    }
    await pause(clock, Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.max(0, failures - 1)), signal);
  }
}

/** One line of a watch (meta/v1 WatchEvent). A `BOOKMARK` carries only the place to resume from. */
function readLine(line: string): { readonly resourceVersion: string; readonly change?: PodChange } {
  const event = objectOf(parseJson(line));
  const object = objectOf(event['object']);
  const resourceVersion = textOf(objectOf(object['metadata'])['resourceVersion']);
  switch (event['type']) {
    case 'ADDED':
    case 'MODIFIED':
      return { resourceVersion, change: { kind: 'applied', pod: podOf(object) } };
    case 'DELETED':
      return { resourceVersion, change: { kind: 'deleted', pod: podOf(object) } };
    case 'BOOKMARK':
      return { resourceVersion };
    default:
      throw KubeError.ofAnswer('watch', Number(object['code'] ?? 500), JSON.stringify(object));
  }
}

/** Waits `delayMs`, or until `signal` fires. */
function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.setTimer(end, delayMs);
    signal.addEventListener('abort', end);
  });
}
