import { afterAll, beforeAll, describe, it } from 'vitest';
import { Race, fromSocketCallback, fromTimer } from './race.ts';

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
