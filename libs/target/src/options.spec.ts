import { describe, expect, it } from 'vitest';

import { superviseSettings, targetSettings } from './options.ts';

describe('the options of a target', () => {
  it('have a default each', () => {
    expect(superviseSettings({})).toEqual({
      target: { port: 8080, host: '127.0.0.1', keepAliveTimeoutMs: 5000, drainTimeoutMs: 10_000 },
      control: { host: '127.0.0.1', port: 0 },
      restartDelayMs: 100,
    });
  });

  it.each([
    [{ port: 65_536 }, 'port must be an integer from 0 to 65535, got 65536'],
    [{ port: 80.5 }, 'port must be an integer from 0 to 65535, got 80.5'],
    [{ host: '' }, 'host must be an address or a name, got ""'],
    [{ keepAliveTimeoutMs: -1 }, 'keepAliveTimeoutMs must be an integer from 0 to 3600000, got -1'],
    [{ drainTimeoutMs: 600_001 }, 'drainTimeoutMs must be an integer from 0 to 600000, got 600001'],
    [{ seed: Number.NaN }, 'seed must be an integer from 0 to 9007199254740991, got NaN'],
  ])('are refused with field, range and value: %j', (options, sentence) => {
    expect(() => targetSettings(options)).toThrow(sentence);
  });

  it.each([
    [{ controlPort: -1 }, 'controlPort must be an integer from 0 to 65535, got -1'],
    [{ controlHost: '' }, 'controlHost must be an address or a name, got ""'],
    [
      { controlHost: '0.0.0.0' },
      'controlHost must be a loopback address unless there is a control token file, got "0.0.0.0"',
    ],
    [{ restartDelayMs: 60_001 }, 'restartDelayMs must be an integer from 0 to 60000, got 60001'],
  ])('are refused of a supervisor too: %j', (options, sentence) => {
    expect(() => superviseSettings(options)).toThrow(sentence);
  });

  it('take the control token from its file, for any address', () => {
    const options = { controlHost: '10.0.0.7', controlPort: 8081, controlTokenFile: '/run/token' };
    const { control } = superviseSettings(options, (file) => `token-in-${file}\n`);
    expect(control).toEqual({ host: '10.0.0.7', port: 8081, token: 'token-in-/run/token' });
  });

  it.each(['too-short', 'a token with spaces in it', ''])('refuse the control token %j unseen', (token) => {
    const sentence =
      'controlTokenFile must be a file with 16 to 512 visible ASCII characters, got "/run/token"';
    expect(() => superviseSettings({ controlTokenFile: '/run/token' }, () => token)).toThrow(
      expect.objectContaining({ message: sentence }),
    );
  });

  it('refuse a control token file that is not there', () => {
    expect(() => superviseSettings({ controlTokenFile: '/nowhere/token' })).toThrow(
      'controlTokenFile must be a file that can be read, got "/nowhere/token"',
    );
  });
});
