import { describe, expect, it } from 'vitest';

import { FakeClock, settle } from '#libs/testing';

import { KubeError } from '../kube-error.ts';
import { watchPods } from './pod-watch.ts';

const unreachable = new KubeError('no answer', { reason: 'Unreachable' });
const expired = new KubeError('too old', { status: 410, reason: 'Expired' });
const forbidden = new KubeError('no', { status: 403, reason: 'Forbidden' });

const line = (type: string, resourceVersion: string): string =>
  JSON.stringify({ type, object: { metadata: { name: 'a', resourceVersion } } });

/** A watch over scripted streams, on a fake clock. A stream is its lines, or lines that end in a failure. */
class Rehearsal {
  readonly clock = new FakeClock();
  readonly log: string[] = [];
  readonly stop = new AbortController();
  readonly ended: Promise<void>;
  readonly #streams: (readonly (string | Error)[])[];

  constructor(...streams: (readonly (string | Error)[])[]) {
    this.#streams = streams;
    this.ended = this.#follow();
    this.ended.catch(() => {});
  }

  async #follow(): Promise<void> {
    const source = {
      list: () => {
        this.#note('list');
        return Promise.resolve({ pods: [], resourceVersion: '1' });
      },
      lines: (resourceVersion: string) => this.#lines(resourceVersion),
    };
    for await (const change of watchPods(source, this.clock, this.stop.signal)) this.#note(change.kind);
  }

  async *#lines(resourceVersion: string): AsyncGenerator<string, void> {
    this.#note(`watch from ${resourceVersion}`);
    const stream = this.#streams.shift();
    if (!stream) this.stop.abort();
    for (const item of stream ?? []) {
      if (item instanceof Error) throw item;
      yield item;
    }
  }

  #note(what: string): void {
    this.log.push(`${this.clock.nowMs()}: ${what}`);
  }

  async finish(): Promise<readonly string[]> {
    await this.clock.advanceAsync(120_000);
    await this.ended;
    return this.log;
  }
}

describe('a watch', () => {
  it('goes on from the last thing it heard when the server ends the stream', async () => {
    const rehearsal = new Rehearsal([line('ADDED', '5'), line('BOOKMARK', '9')], [line('DELETED', '12')]);
    expect(await rehearsal.finish()).toEqual([
      '0: list',
      '0: listed',
      '0: watch from 1',
      '0: applied',
      '100: watch from 9',
      '100: deleted',
      '200: watch from 12',
    ]);
  });

  it('lists anew when the server has forgotten that place, whichever way it says so', async () => {
    const says410 = JSON.stringify({
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired' },
    });
    for (const news of [expired, says410]) {
      const rehearsal = new Rehearsal([line('ADDED', '5'), news]);
      expect(await rehearsal.finish()).toEqual([
        '0: list',
        '0: listed',
        '0: watch from 1',
        '0: applied',
        '100: list',
        '100: listed',
        '100: watch from 1',
      ]);
    }
  });

  it('waits longer with each failure in a row, and as briefly as before after news', async () => {
    const rehearsal = new Rehearsal(
      [unreachable],
      [unreachable],
      [unreachable],
      [line('ADDED', '5'), unreachable],
    );
    const log = await rehearsal.finish();
    expect(log.filter((entry) => entry.includes('watch'))).toEqual([
      '0: watch from 1',
      '100: watch from 1',
      '300: watch from 1',
      '700: watch from 1',
      '800: watch from 5',
    ]);
  });

  it('gives up after 20 failures in a row', async () => {
    const rehearsal = new Rehearsal(...Array.from({ length: 21 }, () => [unreachable]));
    await expect(rehearsal.finish()).rejects.toBe(unreachable);
    expect(rehearsal.log.filter((entry) => entry.includes('watch'))).toHaveLength(21);
    expect(rehearsal.clock.pendingTimers).toBe(0);
  });

  it('gives up at once on what trying again would not change', async () => {
    await expect(new Rehearsal([forbidden]).finish()).rejects.toBe(forbidden);
  });

  it('ends in the middle of a wait when it is stopped', async () => {
    const rehearsal = new Rehearsal([unreachable]);
    await settle();
    rehearsal.stop.abort();
    await rehearsal.ended;
    expect(rehearsal.clock.pendingTimers).toBe(0);
  });
});
