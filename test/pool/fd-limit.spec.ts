import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFilesLimit } from '#libs/pool';

const run = promisify(execFile);
const hasLimits = openFilesLimit() !== undefined;
if (!hasLimits) console.log('SKIPPED test/pool/fd-limit.spec.ts: this system shows no RLIMIT_NOFILE');

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

describe.skipIf(!hasLimits)('file descriptors', () => {
  it('refuse a pool that could never be filled; when they run out, dialling waits for them', async () => {
    const fixture = new URL('../fixtures/fd-exhaustion.ts', import.meta.url).pathname;
    const script = `ulimit -n 128 && exec "$0" --conditions=pooler-source "$1" "$2"`;
    const { stdout } = await run('/bin/sh', ['-c', script, process.execPath, fixture, origin]);
    expect(JSON.parse(stdout)).toEqual({
      refused:
        'maxConnections must be at most 64 here (RLIMIT_NOFILE is 128, 64 are kept for other files), got 65',
      gaveUp: 'PLR_FD_LIMIT',
      pending: 4,
      patient: ['ok', 'ok', 'ok', 'ok'],
    });
  });
});
