import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#libs/kernel';
import type { TransportHandler } from '../transport.ts';
import { selectValidation } from '../validation/tier.ts';
import { NetTransport } from './net-transport.ts';

const deaf: TransportHandler = { onConnect() {}, onBytes() {}, onDrain() {}, onEnd() {}, onClose() {} };

describe('a socket that is still connecting', () => {
  it.each(['end', 'reset'] as const)(
    'is given up at once by %s, and does not wait until it is connected',
    (giveUp) => {
      const socket = new Socket();
      const transport = new NetTransport(deaf, selectValidation('off'), systemClock);
      transport.attach(socket);
      // A name that never resolves.
      socket.connect({ host: 'example.test', port: 80, lookup: () => {} });
      expect(socket.connecting).toBe(true);
      transport[giveUp]();
      expect(socket.destroyed).toBe(true);
    },
  );
});
