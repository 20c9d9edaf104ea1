import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULT_TYPES } from '#libs/faults';
import { runInside } from './captured-io.ts';
import { runCommand } from './command-process.ts';
import { TestServer } from './test-server.ts';

const DURATION = 'a duration of whole milliseconds from 1ms to 24h, such as 500ms or 10s';
const URL_SENTENCE =
  'url must be an http: or https: URL such as http://127.0.0.1:8080/health (the other commands are target, proxy, campaign and explain), got';

/** Arguments, and the one line that refuses them. */
const REFUSED: readonly [string[], string][] = [
  [['--concurrency', '0'], '--concurrency must be a whole number from 1 to 65535, got "0"'],
  [['--requests', '1e9'], '--requests must be a whole number from 1 to 1000000000, got "1e9"'],
  [['proxy', 'extra'], 'proxy takes flags only, got "extra"'],
  [['proxy', '--seed', '-1'], '--seed must be a whole number from 0 to 9007199254740991, got "-1"'],
  [
    ['proxy', '--config', 'none.json'],
    '--config must be a JSON file with a list of proxies, got "none.json"',
  ],
  [['--port', '99999'], '--port must be a whole number from 1 to 65535, got "99999"'],
  [['--port', '--quiet'], '--port must be a whole number from 1 to 65535, got "--quiet"'],
  [['--timeout', 'fast'], `--timeout must be ${DURATION}, got "fast"`],
  [['--timeout', '500'], `--timeout must be ${DURATION}, got "500"`],
  [['--timeout='], `--timeout must be ${DURATION}, got ""`],
  [['--deadline'], `--deadline must be ${DURATION}, got nothing`],
  [
    ['--failures', 'latenzy=5ms:5%'],
    `--failures: the type of a fault must be one of ${FAULT_TYPES.join(', ')} (the nearest is latency), got "latenzy"`,
  ],
  [['--header', 'bad'], `--header must be a header field written 'Name: value', got "bad"`],
  [['--header', 'Content-Length: 9'], '--header "Content-Length" must be the length of the body, 0, got "9"'],
  [['--method', 'get'], '--method must be written GET, for methods are case-sensitive, got "get"'],
  [['--path', 'health'], '--path must be a slash and then printable ASCII without space and #, got "health"'],
  [['--host', 'a:1'], '--host must be a host name or an IP address, without a port, got "a:1"'],
  [['--min-idle', '9', '--max-idle', '3'], '--min-idle must be a whole number from 0 to 3, got 9'],
  [['--validate', 'poke'], '--validate must be one of peek, read, turn, off, got "poke"'],
  [
    ['--retry-base', '1s', '--retry-cap', '10ms'],
    '--retry-cap must be a duration from 1000ms (--retry-base) to 1h, got "10ms"',
  ],
  [
    ['--retry-budget', '5'],
    '--retry-budget must be on, off or a rate of retries from 0/s to 1000000/s, such as 10/s, got "5"',
  ],
  [
    ['--breaker-threshold', '0'],
    '--breaker-threshold must be a percentage from 1% to 100% or a share from 0.01 to 1, got "0"',
  ],
  [
    ['--concurency', '5'],
    '--concurency is no flag of this command, the nearest is --concurrency; see --help',
  ],
  [['--zzzzzzzzzzzz'], '--zzzzzzzzzzzz is no flag of this command, the nearest is --host; see --help'],
  [['-c', '5'], '-c is no flag of this command, the nearest is --ca; see --help'],
  [['--two\nlines'], '--two lines is no flag of this command, the nearest is --deadline; see --help'],
  [['targt'], `${URL_SENTENCE} "targt"`],
  [['127.0.0.1:8080'], `${URL_SENTENCE} "127.0.0.1:8080"`],
  [['ftp://127.0.0.1/'], `${URL_SENTENCE} "ftp://127.0.0.1/"`],
  [['http://me:secret@127.0.0.1/'], `${URL_SENTENCE} "http://…@127.0.0.1/"`],
  [['http://a/', 'http://b/'], 'url must be given once, got "http://a/" and "http://b/"'],
  [['--path', '/x', 'http://a/'], '--path must be left out where url is given ("http://a/"), got "/x"'],
  [['--https', 'http://a/'], '--https must be left out where url is given ("http://a/")'],
  [['--insecure'], '--insecure must be left out without https'],
  [['--ca', 'roots.pem'], '--ca must be left out without https'],
  [
    ['--https', '--ca', 'roots.pem', '--insecure'],
    '--ca must be left out with --insecure, which trusts any certificate',
  ],
  [['--https', '--ca', './none.pem'], '--ca must be a file that can be read (ENOENT), got "./none.pem"'],
  [
    ['--https', '--ca', 'package.json'],
    '--ca must be certificates in PEM, or a list of such, got something else',
  ],
  [['target', '--port', '-1'], '--port must be a whole number from 0 to 65535, got "-1"'],
  [['target', '--control-port', '1'], '--control-port must be left out without --supervise, got 1'],
  [['target', '--control-host', 'a'], '--control-host must be left out without --supervise, got "a"'],
  [['target', '--verbos'], '--verbos is no flag of this command, the nearest is --host; see --help'],
  [['target', '8080'], 'target takes flags only, got "8080"'],
];

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('bad input is refused in one line with exit 104 and nothing started', () => {
  it.each(REFUSED)('%j', async (args, sentence) => {
    expect(await runInside(args)).toEqual({
      exitCode: 104,
      out: [],
      err: [sentence],
      screen: [`${sentence}\n`],
    });
  });

  it('when the system could never open so many connections', async () => {
    const { exitCode, out, err } = await runInside([
      '--port',
      server.port,
      '--concurrency',
      '65535',
      '--requests',
      '1',
    ]);
    // Where the limit allows them, the run is a run.
    if (exitCode === 104) {
      expect(out).toEqual([]);
      expect(err).toHaveLength(1);
      expect(err[0]).toMatch(/^--max-active \(default: the concurrency\) must be at most \d+ here/);
    } else expect(out.at(-1)).toMatch(/^requests=1 /);
  });
});

it.each([
  ['an unknown flag', '--concurency=5'],
  ['a value out of range', '--concurrency=0'],
  ['what only the wire refuses', '--method=get'],
])('as a process, %s costs the server no connection', async (_name, flag) => {
  const before = server.connections;
  const { exitCode, stdout, stderr } = await runCommand('--port', server.port, flag);
  expect(exitCode).toBe(104);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^--[^\n]+\n$/);
  expect(server.connections).toBe(before);
});
