import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseFaultSpec } from '#libs/faults';
import type { Propagator, RequestTrace } from '#libs/records';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';
import { Recording, Watched, alwaysDraws } from './watch.spec-helper.ts';

let clock: FakeClock;
let connector: ScriptedConnector;
let recording: Recording;

beforeEach(() => {
  clock = new FakeClock(1_000);
  connector = new ScriptedConnector();
  recording = new Recording();
});

afterEach(() => {
  recording.stop();
});

/** Numbers its traces, and says in each stamp what it was asked. */
class CountingPropagator implements Propagator {
  readonly traces: RequestTrace[] = [];

  startTrace(): RequestTrace {
    const number = this.traces.length;
    const trace: RequestTrace = {
      traceparent: (attempt, isInjected) => `trace-${number}-${attempt}-${isInjected}`,
    };
    this.traces.push(trace);
    return trace;
  }
}

async function request(options: ClientOptions): Promise<void> {
  const client = new Client(options, { clock, rng: alwaysDraws(0.5), connector: () => connector });
  void new Watched(client.request('http://192.0.2.1/'));
  await settle();
  connector.wire(0).connect();
  await settle();
}

function stamps(): string[] {
  return [...connector.wire(0).sent.matchAll(/traceparent: (.*)\r\n/g)].map(([, stamp = '']) => stamp);
}

describe('a propagator', () => {
  it('stamps each attempt of a request in the one trace, and gets it back with the record', async () => {
    const propagator = new CountingPropagator();
    await request({ propagator });
    connector.wire(0).respond('', 503);
    await clock.advanceAsync(25);
    connector.wire(0).respond();
    await settle();
    expect(stamps()).toEqual(['trace-0-1-false', 'trace-0-2-false']);
    expect(recording.request().trace).toBe(propagator.traces[0]);
  });

  it('hears that an attempt will meet a fault', async () => {
    const rules = parseFaultSpec('status=503:100%');
    await request({ propagator: new CountingPropagator(), faults: { rules, seed: 1 } });
    expect(stamps()).toEqual(['trace-0-1-true']);
  });

  it('may leave a request alone', async () => {
    await request({ propagator: { startTrace: () => undefined } });
    connector.wire(0).respond();
    await settle();
    expect(stamps()).toEqual([]);
    expect(recording.request().trace).toBeUndefined();
  });
});
