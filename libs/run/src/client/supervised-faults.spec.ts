import { describe, expect, it } from 'vitest';
import type { PlannedFault } from '#libs/campaign';
import { Pool } from '#libs/client';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { ControlClient } from './control-client.ts';
import { SupervisedFaults } from './supervised-faults.ts';
import { watch } from './watch.spec-helper.ts';

const CRASH: PlannedFault = {
  id: 'crash',
  type: 'crash',
  where: 'target',
  startMs: 10_000,
  endMs: 10_500,
  expectedHits: undefined,
};

/** Faults whose supervisor is the test, on the first connection. */
function setUp({ url = 'http://192.0.2.1:8081', token = undefined as string | undefined } = {}) {
  const clock = new FakeClock();
  const connector = new ScriptedConnector();
  const controlUrl = new URL(url);
  const pool = new Pool(controlUrl.origin, { idleTimeoutMs: 60_000 }, { clock, connector: () => connector });
  const closing = new AbortController();
  const control = new ControlClient({ controlUrl, token, pool });
  const faults = new SupervisedFaults(control, clock, closing.signal);
  const answer = async (statusCode: number, value: unknown): Promise<void> => {
    await settle();
    connector.wire(0).connect();
    await settle();
    connector.wire(0).respond(typeof value === 'string' ? value : JSON.stringify(value), statusCode);
    await settle();
  };
  const close = async (): Promise<void> => {
    closing.abort();
    await control.close();
  };
  return { clock, connector, faults, answer, close };
}

describe('a crash of a supervised target', () => {
  it('is ordered with its outage, and in force once the supervisor has said so', async () => {
    const { connector, faults, answer } = setUp();
    const outcome = watch(faults.apply(CRASH));
    await settle();
    expect(outcome()).toBe('pending');
    await answer(202, { killedPid: 7, outageMs: 500 });
    expect(outcome()).toBe('done');
    expect(connector.wire(0).requestLines).toEqual(['POST /crash?outage=500ms']);
  });

  it('is ordered below the path of the control URL, with a token where there is one', async () => {
    const { connector, faults, answer } = setUp({ url: 'http://192.0.2.1/control/', token: 'secret' });
    const outcome = watch(faults.apply(CRASH));
    await answer(202, {});
    expect(outcome()).toBe('done');
    expect(connector.wire(0).sent).toContain('POST /control/crash?outage=500ms HTTP/1.1\r\n');
    expect(connector.wire(0).sent.toLowerCase()).toContain('authorization: bearer secret\r\n');
  });

  it.each([
    [409, { error: 'the target is not up' }, '409: the target is not up'],
    [200, 'another\nserver', '200: another server'],
    [500, { error: 7 }, '500: {"error":7}'],
    [502, 'x'.repeat(2_000), `502: ${'x'.repeat(1_000)}`],
  ])(
    'that was answered with %i has failed with what was said, without the token',
    async (status, body, said) => {
      const { faults, answer } = setUp({ token: 'secret' });
      const outcome = watch(faults.apply(CRASH));
      await answer(status, body);
      expect(outcome()).toBe(`POST http://192.0.2.1:8081/crash was answered with ${said}`);
    },
  );

  it('has failed when nobody answers within two seconds', async () => {
    const { clock, connector, faults } = setUp();
    const outcome = watch(faults.apply(CRASH));
    await settle();
    connector.wire(0).connect();
    await clock.advanceAsync(2_000);
    expect(outcome()).toBe(
      'POST http://192.0.2.1:8081/crash?outage=500ms was not answered: the attempt was not complete within 2000 ms',
    );
  });

  it('is over when the supervisor says up, asked twenty times a second', async () => {
    const { clock, connector, faults, answer } = setUp();
    const outcome = watch(faults.remove());
    await answer(200, { state: 'restarting', pid: null, restarts: 0 });
    await clock.advanceAsync(49);
    expect(connector.wire(0).requestLines).toEqual(['GET /state']);
    await clock.advanceAsync(1);
    await answer(200, { state: 'up', pid: 8, restarts: 1 });
    expect(outcome()).toBe('done');
    expect(connector.wire(0).requestLines).toEqual(['GET /state', 'GET /state']);
  });

  it('that does not end in fifteen seconds is an error with the last that was heard', async () => {
    const { clock, faults, answer } = setUp();
    const outcome = watch(faults.removeAll());
    for (let looks = 0; looks <= 300; looks += 1) {
      expect(outcome()).toBe('pending');
      await answer(200, { state: 'restarting' });
      await clock.advanceAsync(50);
    }
    expect(outcome()).toBe('http://192.0.2.1:8081/state did not say up within 15000 ms, at last: restarting');
    expect(clock.pendingTimers).toBe(1);
  });

  it('looks again after a failure of the network, but not after a refusal', async () => {
    const { clock, connector, faults } = setUp();
    const outcome = watch(faults.removeAll());
    await settle();
    connector.wire(0).fail('ECONNREFUSED');
    await clock.advanceAsync(50);
    expect(outcome()).toBe('pending');
    connector.wire(1).connect();
    await settle();
    connector.wire(1).respond('{"error":"no token"}', 401);
    await settle();
    expect(outcome()).toBe('GET http://192.0.2.1:8081/state was answered with 401: no token');
  });

  it('is given up with everything else', async () => {
    const { faults, answer, close } = setUp();
    const outcome = watch(faults.removeAll());
    await answer(200, { state: 'restarting' });
    await close();
    await settle();
    expect(outcome()).not.toBe('pending');
  });
});
