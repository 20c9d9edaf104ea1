import { describe, expect, it } from 'vitest';
import type { FaultSpec, PlannedFault } from '#libs/campaign';
import { Pool } from '#libs/client';
import type { OuterFaults } from '#libs/run';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { ControlClient } from './control-client.ts';
import { ProxyFaults } from './proxy-faults.ts';
import { TargetFaults } from './target-faults.ts';
import { watch } from './watch.spec-helper.ts';

/** Faults whose control port is the test. */
function setUp(make: (control: ControlClient) => OuterFaults) {
  const clock = new FakeClock();
  const connector = new ScriptedConnector();
  const controlUrl = new URL('http://192.0.2.1:8081');
  const options = { maxConnections: 1, idleTimeoutMs: 60_000 };
  const pool = new Pool(controlUrl.origin, options, { clock, connector: () => connector });
  const faults = make(new ControlClient({ controlUrl, pool }));
  let isConnected = false;
  const answer = async (statusCode: number, value: unknown = {}): Promise<void> => {
    await settle();
    if (!isConnected) connector.wire(0).connect();
    isConnected = true;
    await settle();
    connector.wire(0).respond(JSON.stringify(value), statusCode);
    await settle();
  };
  return { connector, faults, answer };
}

function planned({ id, type, where }: FaultSpec): PlannedFault {
  return { id, type, where, startMs: 1_000, endMs: 3_000, expectedHits: undefined };
}

describe('a fault of the target', () => {
  const spec: FaultSpec = {
    id: 'slow',
    type: 'latency',
    where: 'target',
    magnitude: '50ms',
    probability: 0.1,
    match: { method: 'GET', path: '/health' },
  };

  it('is installed with all that it is, and lives little longer than its window', async () => {
    const { connector, faults, answer } = setUp((control) => new TargetFaults(control, [spec]));
    const outcome = watch(faults.apply(planned(spec)));
    await answer(201);
    expect(outcome()).toBe('done');
    expect(connector.wire(0).requestLines).toEqual([
      'POST /faults?id=slow&type=latency&ttl=12000ms&magnitude=50ms&probability=0.1&method=GET&path=%2Fhealth',
    ]);
  });

  it('strikes the first so many where it has a burst', async () => {
    const burst: FaultSpec = { id: 'a', type: 'abort', where: 'target', burst: 3 };
    const { connector, faults, answer } = setUp((control) => new TargetFaults(control, [burst]));
    watch(faults.apply(planned(burst)));
    await answer(201);
    expect(connector.wire(0).requestLines).toEqual(['POST /faults?id=a&type=abort&ttl=12000ms&first=3']);
  });

  it('is removed by its id, each of the campaign and no other', async () => {
    const specs = [spec, { ...spec, id: 'other' }];
    const { connector, faults, answer } = setUp((control) => new TargetFaults(control, specs));
    const outcome = watch(faults.removeAll());
    await answer(200);
    await answer(200);
    expect(outcome()).toBe('done');
    expect(connector.wire(0).requestLines).toEqual(['DELETE /faults?id=slow', 'DELETE /faults?id=other']);
  });

  it('is removed also where the removal of another has failed', async () => {
    const specs = [spec, { ...spec, id: 'other' }];
    const { connector, faults, answer } = setUp((control) => new TargetFaults(control, specs));
    const outcome = watch(faults.removeAll());
    await answer(504, { error: 'the target has not confirmed it' });
    await answer(200);
    expect(outcome()).toContain('DELETE http://192.0.2.1:8081/faults?id=slow was answered with 504');
    expect(connector.wire(0).requestLines).toEqual(['DELETE /faults?id=slow', 'DELETE /faults?id=other']);
  });

  it('has failed when the target says anything else', async () => {
    const { faults, answer } = setUp((control) => new TargetFaults(control, [spec]));
    const outcome = watch(faults.remove(planned(spec)));
    await answer(504, { error: 'the target has not confirmed it' });
    expect(outcome()).toContain('was answered with 504: the target has not confirmed it');
  });
});

describe('a fault of the proxy', () => {
  const spec: FaultSpec = {
    id: 'busy',
    type: 'http_status',
    where: 'proxy',
    probability: 0.2,
    burst: 9,
    match: { method: 'GET' },
    attributes: { status: 502 },
  };

  it('is a toxic by its id that lives little longer than its window', async () => {
    const { connector, faults, answer } = setUp((control) => new ProxyFaults(control, 'web', [spec]));
    const outcome = watch(faults.apply(planned(spec)));
    await answer(200, { ttl: 12_000 });
    expect(outcome()).toBe('done');
    expect(connector.wire(0).requestLines).toEqual(['POST /proxies/web/toxics']);
    const [, body = ''] = connector.wire(0).sent.split('\r\n\r\n');
    expect(JSON.parse(body)).toEqual({
      name: 'busy',
      type: 'http_status',
      stream: 'downstream',
      toxicity: 0.2,
      ttl: 12_000,
      attributes: { status: 502, method: 'GET', first: 9 },
    });
  });

  it('that is down disables the proxy, and enables it afterwards', async () => {
    const down: FaultSpec = { id: 'gone', type: 'down', where: 'proxy' };
    const { connector, faults, answer } = setUp((control) => new ProxyFaults(control, 'web', [down]));
    watch(faults.apply(planned(down)));
    await answer(200, { ttl: 12_000 });
    const outcome = watch(faults.removeAll());
    await answer(200);
    expect(outcome()).toBe('done');
    const bodies = connector.wire(0).sent.match(/\{"enabled":.*?\}/g);
    expect(bodies).toEqual(['{"enabled":false,"ttl":12000}', '{"enabled":true}']);
  });

  it('is taken away again where the proxy confirms no time to live', async () => {
    const { connector, faults, answer } = setUp((control) => new ProxyFaults(control, 'web', [spec]));
    const outcome = watch(faults.apply(planned(spec)));
    await answer(200, { name: 'busy' });
    await answer(204);
    expect(outcome()).toBe(
      'http://192.0.2.1:8081/proxies/web/toxics knows no ttl: the proxy must be one of pooler proxy',
    );
    expect(connector.wire(0).sent).toContain('DELETE /proxies/web/toxics/busy HTTP/1.1');
  });

  it.each([204, 404])('is removed where the proxy says %i', async (status) => {
    const { connector, faults, answer } = setUp((control) => new ProxyFaults(control, 'web', [spec]));
    const outcome = watch(faults.remove(planned(spec)));
    await answer(status);
    expect(outcome()).toBe('done');
    expect(connector.wire(0).requestLines).toEqual(['DELETE /proxies/web/toxics/busy']);
  });

  it('has failed when the proxy refuses it', async () => {
    const { faults, answer } = setUp((control) => new ProxyFaults(control, 'web', [spec]));
    const outcome = watch(faults.apply(planned(spec)));
    await answer(409, { error: 'toxic already exists' });
    expect(outcome()).toBe(
      'POST http://192.0.2.1:8081/proxies/web/toxics was answered with 409: toxic already exists',
    );
  });
});
