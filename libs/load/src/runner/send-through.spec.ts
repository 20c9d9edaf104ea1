import { afterEach, describe, expect, it } from 'vitest';
import { Client } from '#libs/client';
import { FakeClock, ScriptedConnector, settle } from '#libs/testing';
import { sendThrough, type LoadRequest } from './send-through.ts';

const ADDRESS = 'http://192.0.2.1/';

let client: Client;
afterEach(() => client.destroy());

function setUp(request: Partial<LoadRequest> = {}) {
  const connector = new ScriptedConnector();
  client = new Client({ retry: false }, { clock: new FakeClock(), connector: () => connector });
  return { connector, send: sendThrough(client, { url: ADDRESS, ...request }, 'closed') };
}

describe('a request of a load', () => {
  it('that fails is over like any other', async () => {
    const { connector, send } = setUp();
    const over = send(0, 0);
    await settle();
    connector.wire(0).fail('ECONNREFUSED');
    await expect(over).resolves.toBeUndefined();
    expect(client.stats()).toMatchObject({ requests: 1, failed: 1 });
  });

  it('that can never be made is no outcome: a load of it would turn without end', async () => {
    const { send } = setUp({ headers: [['x-name', 'two\nlines']] });
    await expect(send(0, 0)).rejects.toMatchObject({ code: 'PLR_INVALID_ARGUMENT' });
    expect(client.stats().requests).toBe(0);
  });
});
