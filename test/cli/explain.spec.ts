import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Client } from '#libs/client';
import { parseFaultSpec } from '#libs/faults';
import { channels, type RequestRecord } from '#libs/records';
import { runInside } from './captured-io.ts';
import { TestServer } from './test-server.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/survives-a-restart.yaml');

async function linesOf(...args: string[]): Promise<string[]> {
  const { exitCode, out } = await runInside(['explain', ...args]);
  expect(exitCode).toBe(0);
  return out;
}

describe('pooler explain', () => {
  it('says what each attempt of a request meets', async () => {
    expect(await linesOf('--seed', '42', '--request', '300', '--attempts', '2')).toEqual([
      'request=300 attempt=1 fault=crash type=crash duration_ms=500',
      'request=300 attempt=2 fault=none',
    ]);
  });

  it('says what a client with this seed meets', async () => {
    const spec = 'reset:30%,status=503:30%;path=/health';
    const server = await TestServer.start();
    const client = new Client({
      faults: { rules: parseFaultSpec(spec), seed: 7 },
      retry: { attempts: 2, backoff: { baseMs: 0, capMs: 0 } },
      breaker: false,
    });
    const records: RequestRecord[] = [];
    const ignoreRecords = channels.request.subscribe((record) => records.push(record));
    for (let sent = 0; sent < 40; sent += 1) {
      const answer = client.request(`http://127.0.0.1:${server.port}/health`, {
        method: 'POST',
        idempotent: false,
      });
      await answer.then(
        ({ body }) => body.dump(),
        () => {},
      );
    }
    ignoreRecords();
    await client.destroy();
    await server[Symbol.asyncDispose]();
    for (const { requestSeq, attempts } of records) {
      const flags = ['--seed', '7', '--failures', spec, '--method', 'POST', '--attempts', '1'];
      const [line] = await linesOf('--request', String(requestSeq), ...flags);
      expect(line).toContain(`fault=${attempts[0]?.fault?.faultId ?? 'none'}`);
    }
    expect(records.filter(({ attempts }) => attempts[0]?.fault).length).toBeGreaterThan(10);
  });

  it('says it of each scenario of a campaign, and where the answers decide', async () => {
    const lines = await linesOf('--campaign', EXAMPLE, '--request', '7', '--attempts', '1');
    expect(lines).toEqual([
      expect.stringMatching(
        /^scenario=health request=7 start_ms=\d+\.\d{3} attempt=1 fault=(none|resets type=reset|unavailable .*)$/,
      ),
      'scenario=echo request=7 hangs on the answers: a fault has a window of time, or the time ends the scenario',
    ]);
  });

  it('says what is drawn for more than a request', async () => {
    const flags = ['--seed', '1', '--request', '0', '--attempts', '1'];
    expect(await linesOf(...flags, '--failures', 'reset:100%;scope=connection')).toEqual([
      'request=0 attempt=1 fault=none',
      'fault=reset is drawn for the connection: not known here',
    ]);
  });

  it.each([
    [['--request', '1'], '--seed must be a whole number from 0 to 9007199254740991, got undefined'],
    [['--seed', '1'], '--request must be a whole number from 0 to 9007199254740991, got undefined'],
    [['--seed', '1', '--request', '1', 'x'], 'explain takes flags only, got "x"'],
    [
      ['--request', '1', '--campaign', EXAMPLE, '--failures', 'on'],
      '--failures must be left out beside --campaign, which has its own',
    ],
  ])('refuses %j', async (args, sentence) => {
    expect(await runInside(['explain', ...args])).toMatchObject({ exitCode: 104, err: [sentence] });
  });
});
