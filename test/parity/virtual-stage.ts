import { Pool, type PoolOptions } from '#libs/pool';
import { FakeClock, VirtualNetwork } from '#libs/testing';
import { Peer, type Stage } from './stage.ts';

const LIMIT_MS = 10_000;

/** Everything on a fake clock, 1 ms a step. */
export async function makeVirtualStage(options: PoolOptions): Promise<Stage> {
  const clock = new FakeClock();
  const peers: Peer[] = [];
  let isListening = true;
  const network = new VirtualNetwork(clock, {
    planDial: () => (isListening ? { afterMs: 1 } : { afterMs: 1, errno: 'ECONNREFUSED' }),
    onAccept: (socket) => peers.push(new Peer(socket)),
  });
  const pool = new Pool('http://192.0.2.1', options, {
    clock,
    connector: () => network,
    afterPoll: network.afterPoll,
  });
  return {
    pool,
    peers,
    until: async (condition) => {
      for (let ms = 0; !condition(); ms += 1) {
        if (ms > LIMIT_MS) throw new Error('it never came to this on the virtual network');
        await clock.advanceAsync(1);
      }
    },
    stopListening: async () => {
      isListening = false;
    },
    close: async () => pool.destroy(),
  };
}
