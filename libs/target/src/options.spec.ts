import { describe, expect, it } from 'vitest';

import { superviseSettings, targetSettings } from './options.ts';

describe('the options of a target', () => {
  it('have a default each', () => {
    expect(superviseSettings({})).toEqual({
      target: { port: 8080, host: '127.0.0.1', keepAliveTimeoutMs: 5000, drainTimeoutMs: 10_000 },
      controlPort: 0,
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
    [{ restartDelayMs: 60_001 }, 'restartDelayMs must be an integer from 0 to 60000, got 60001'],
  ])('are refused of a supervisor too: %j', (options, sentence) => {
    expect(() => superviseSettings(options)).toThrow(sentence);
  });
});
