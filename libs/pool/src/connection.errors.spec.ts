import { ScriptedPool, settle, type ScriptedTransport } from '#libs/testing';
import { describe, expect, it } from 'vitest';

const FIRST_BYTES = 'HTTP/1.1 2';

const WAYS_TO_DIE: ReadonlyArray<{
  readonly death: string;
  readonly die: (wire: ScriptedTransport) => void;
  readonly facts: object;
}> = [
  {
    death: 'an RST',
    die: (wire) => wire.fail('ECONNRESET'),
    facts: { code: 'PLR_RESET', errno: 'ECONNRESET', syscall: 'read', cause: { code: 'ECONNRESET' } },
  },
  {
    death: 'a FIN',
    die: (wire) => wire.finish(),
    facts: { code: 'PLR_CLOSED_BY_PEER', errno: undefined, syscall: undefined },
  },
  {
    death: 'the network',
    die: (wire) => wire.fail('ETIMEDOUT'),
    facts: { code: 'PLR_PEER_UNREACHABLE', errno: 'ETIMEDOUT', syscall: 'read' },
  },
];

const CASES = WAYS_TO_DIE.flatMap((way) =>
  ['fresh', 'reused'].flatMap((connection) =>
    ['GET', 'POST'].flatMap((method) =>
      [0, FIRST_BYTES.length].map((read) => ({ way, death: way.death, connection, method, read })),
    ),
  ),
);

describe('the facts of a request whose connection died', () => {
  it.each(CASES)(
    'by $death: $method on a $connection connection after $read bytes of the response',
    async ({ way, connection, method, read }) => {
      const bench = new ScriptedPool();
      if (connection === 'reused') await bench.openIdle(1);
      const sentBefore = bench.connector.dialled[0]?.sent.length ?? 0;
      const request = bench.send({ method });
      const wire = bench.wire(0);
      wire.connect();
      wire.receive(FIRST_BYTES.slice(0, read));
      way.die(wire);
      await settle();
      expect(request.error).toMatchObject({
        ...way.facts,
        kind: 'connection',
        phase: read === 0 ? 'wait' : 'receive',
        reused: connection === 'reused',
        requestBytesWritten: wire.sent.length - sentBefore,
        responseBytesRead: read,
        retrySafe: method === 'GET',
        attempt: 1,
        origin: 'http://127.0.0.1',
        pool: { pending: 0, max: 32 },
      });
      expect(request.error.message).toContain(
        read === 0 ? 'before any byte of the response' : `after ${read} bytes of the response`,
      );
      expect(request.exchange).toMatchObject({ isOver: true, connection: undefined });
    },
  );

  it('say that a POST may be sent again when the kernel accepted nothing of it', async () => {
    const bench = new ScriptedPool();
    await bench.openIdle(1);
    bench.wire(0).isSending = true;
    const request = bench.send({ method: 'POST' });
    bench.wire(0).fail('EPIPE', 'write');
    await settle();
    expect(request.error).toMatchObject({
      code: 'PLR_RESET',
      errno: 'EPIPE',
      syscall: 'write',
      reused: true,
      requestBytesWritten: 0,
      retrySafe: true,
    });
  });

  it('say that a POST may be sent again when its caller says so', async () => {
    const bench = new ScriptedPool();
    const request = bench.send({ method: 'POST', idempotent: true });
    bench.wire(0).connect();
    bench.wire(0).finish();
    await settle();
    expect(request.error).toMatchObject({ requestBytesWritten: bench.wire(0).sent.length, retrySafe: true });
  });

  it('reach the reader of the body when the head had come', async () => {
    const bench = new ScriptedPool();
    const request = bench.send();
    bench.wire(0).connect();
    bench.wire(0).receive('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
    await settle();
    const text = request.response.body.text();
    bench.wire(0).finish();
    await expect(text).rejects.toMatchObject({ code: 'PLR_CLOSED_BY_PEER', phase: 'receive' });
    expect(request.fate).toBe(200);
  });
});
