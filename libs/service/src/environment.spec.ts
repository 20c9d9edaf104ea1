import { describe, expect, it } from 'vitest';
import { parseApiEnvironment, parseWorkerEnvironment } from './environment.ts';

const TOKENS = JSON.stringify({ tokens: [{ name: 'a', role: 'admin', sha256: '0'.repeat(64) }] });

describe('the environment of the api', () => {
  it('has a default for everything', () => {
    expect(parseApiEnvironment({})).toEqual({
      redisUrl: 'redis://127.0.0.1:6379',
      retentionMs: 604_800_000,
      host: '127.0.0.1',
      port: 3_000,
      tokens: undefined,
      segments: 1,
      targets: [],
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(parseApiEnvironment({ PORT: '', HOST: ' ' })).toEqual(parseApiEnvironment({}));
  });

  it('may listen anywhere once there are tokens', () => {
    const variables = { HOST: '0.0.0.0', POOLER_TOKENS_FILE: '/etc/tokens.json' };
    expect(parseApiEnvironment(variables, () => TOKENS)).toMatchObject({ host: '0.0.0.0' });
  });

  it('keeps declared targets in their own words', () => {
    const target = { name: 'a', baseUrl: 'http://a.example', maxRate: '90/m', maxConcurrency: 1 };
    expect(parseApiEnvironment({ POOLER_TARGETS: JSON.stringify([target]) }).targets).toEqual([target]);
  });

  it.each([
    [{ HOST: '0.0.0.0' }, /^HOST must be a loopback address/],
    [{ HOST: 'my.host' }, /^HOST must be a loopback address/],
    [{ PORT: '65536' }, /^PORT must be a whole number from 0 to 65535, got "65536"$/],
    [{ PORT: '1e3' }, /^PORT must be/],
    [{ REDIS_URL: 'http://localhost' }, /^REDIS_URL must be a URL that begins with redis/],
    [{ POOLER_RETENTION: '7d' }, /^POOLER_RETENTION must be a duration from 1m to 10000h, got "7d"$/],
    [{ POOLER_SEGMENTS: '0' }, /^POOLER_SEGMENTS must be a whole number from 1 to 64/],
    [{ POOLER_TARGETS: '{}' }, /^POOLER_TARGETS must be a JSON list of targets, got "{}"$/],
    [{ POOLER_TARGETS: '[7]' }, /^POOLER_TARGETS\[0\]: must be an object, got 7$/],
    [
      { POOLER_TARGETS: '[{ "name": "a", "baseUrl": "ftp://a", "maxRate": "1/s", "maxConcurrency": 1 }]' },
      /^POOLER_TARGETS\[0\]\.baseUrl: must be an http or https URL/,
    ],
    [{ POOLER_TOKENS_FILE: '/nowhere' }, /^POOLER_TOKENS_FILE must be a file that can be read/],
  ])('%j is refused in one sentence', (variables, sentence) => {
    const noFile = () => {
      throw new Error('ENOENT');
    };
    expect(() => parseApiEnvironment(variables, noFile)).toThrow(sentence);
  });

  it('never shows a password', () => {
    expect(() => parseApiEnvironment({ REDIS_URL: 'http://u:hunter2@h' })).not.toThrow(/hunter2/);
  });
});

describe('the environment of the worker', () => {
  it('has a default for everything', () => {
    expect(parseWorkerEnvironment({})).toMatchObject({ port: 3_001, maxRuns: 10, maxSegments: 4 });
  });

  it('knows its pod and where drills may go, where it is told', () => {
    expect(parseWorkerEnvironment({})).toMatchObject({ ownPod: undefined, drillNamespaces: undefined });
    const variables = {
      POD_NAMESPACE: 'pooler',
      POD_NAME: 'worker-1',
      POOLER_DRILL_NAMESPACES: 'shop, billing',
    };
    expect(parseWorkerEnvironment(variables)).toMatchObject({
      ownPod: { namespace: 'pooler', name: 'worker-1' },
      drillNamespaces: ['shop', 'billing'],
    });
  });

  it.each(['shop,', 'Shop', 'a b'])('refuses %j as names of namespaces', (text) => {
    expect(() => parseWorkerEnvironment({ POOLER_DRILL_NAMESPACES: text })).toThrow(
      `POOLER_DRILL_NAMESPACES must be names of namespaces with commas between them, got ${JSON.stringify(text)}`,
    );
  });

  it('may listen anywhere: it only answers probes', () => {
    expect(parseWorkerEnvironment({ HOST: '0.0.0.0' })).toMatchObject({ host: '0.0.0.0' });
  });
});
