import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Race, fromTimer } from './race.ts';

/** Runs `callback` while the loop polls, as in any server's request handler. */
async function fromSocketCallback(callback: () => void): Promise<void> {
  const listener = createServer((socket) => {
    socket.end('go');
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const socket: Socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
  await new Promise<void>((resolve) => {
    socket.once('data', () => {
      callback();
      resolve();
    });
  });
  socket.destroy();
  listener.close();
}

describe.each(['peek', 'read', 'turn'] as const)('the reuse race, checked by %s', (tier) => {
  let race: Race;
  beforeAll(async () => {
    race = await Race.start({ kind: 'tcp' });
  });
  afterAll(() => race.stop());

  describe.each(['fin', 'rst', 'speak'] as const)('when the server does %s on the idle connection', (act) => {
    describe.each(['GET', 'POST'])('a %s', (method) => {
      it.each([
        ['a timer', fromTimer],
        ['a socket callback', fromSocketCallback],
      ])('sent from %s never fails, is never answered by foreign bytes and is sent once', async (_, from) => {
        await race.run(tier, act, method, from);
      });
    });

    it('many requests of one turn on one pool never fail and are sent once', async () => {
      await race.run(tier, act, 'POST', fromSocketCallback, 1);
    });
  });
});
