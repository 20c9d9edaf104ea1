import { PoolerError } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { FAULT_TYPES } from './catalogue.ts';
import { FaultPlan } from './fault-plan.ts';
import { DEFAULT_FAULT_SPEC, parseFaultSpec } from './fault-spec.ts';
import { ALLOWED_WHEN } from './when.ts';

describe('parseFaultSpec', () => {
  it('reads type, magnitude and percentage', () => {
    expect(parseFaultSpec('latency=1.5s~0.5s:2.5%, status=404:10%,reset:100%,drop:0%')).toEqual([
      {
        id: 'latency',
        type: 'latency',
        magnitude: { meanMs: 1_500, jitterMs: 500 },
        when: { kind: 'chance', probability: 0.025 },
      },
      {
        id: 'status',
        type: 'status',
        magnitude: { statusCode: 404 },
        when: { kind: 'chance', probability: 0.1 },
      },
      { id: 'reset', type: 'reset', magnitude: null, when: { kind: 'chance', probability: 1 } },
      { id: 'drop', type: 'drop', magnitude: null, when: { kind: 'chance', probability: 0 } },
    ]);
  });

  it('takes the defaults of the type for what is left out', () => {
    expect(parseFaultSpec('latency,crash')).toEqual(
      parseFaultSpec('latency=50ms~10ms:5%,crash=500ms@300/10000'),
    );
    expect(parseFaultSpec('latency=5ms')).toEqual(parseFaultSpec('latency=5ms~0ms:5%'));
  });

  it('lets a crash happen once', () => {
    expect(parseFaultSpec('crash=2s@0')).toEqual([
      {
        id: 'crash',
        type: 'crash',
        magnitude: { durationMs: 2_000 },
        when: { kind: 'count', first: 0, every: undefined },
      },
    ]);
  });

  it('puts rules bound to request numbers first, so that chance cannot take their request', () => {
    const ids = parseFaultSpec('reset:100%,crash=1s@5,drop:1%,crash=2s@6').map(({ id }) => id);
    expect(ids).toEqual(['crash', 'crash-2', 'reset', 'drop']);
  });

  it('tells two rules of one type apart', () => {
    const rules = parseFaultSpec('status=503:1%,status=404:1%');
    expect(rules.map(({ id }) => id)).toEqual(['status', 'status-2']);
  });

  it('reads windows, ramps and bursts of any fault, and what it looks at', () => {
    const spec =
      'dns:0%..10%@0+1000,reset@0+3,status=503:2%@10+5;method=POST;path=/orders?a=b,drop:1%;scope=origin';
    expect(parseFaultSpec(spec)).toEqual([
      {
        id: 'reset',
        type: 'reset',
        magnitude: null,
        when: { kind: 'count', first: 0, length: 3, every: undefined },
      },
      {
        id: 'dns',
        type: 'dns',
        magnitude: null,
        when: { kind: 'ramp', from: 0, to: 0.1, over: { unit: 'requests', from: 0, length: 1_000 } },
      },
      {
        id: 'status',
        type: 'status',
        magnitude: { statusCode: 503 },
        when: { kind: 'chance', probability: 0.02, within: { unit: 'requests', from: 10, length: 5 } },
        match: { method: 'POST', path: '/orders?a=b' },
      },
      {
        id: 'drop',
        type: 'drop',
        magnitude: null,
        when: { kind: 'chance', probability: 0.01 },
        scope: 'origin',
      },
    ]);
  });

  it.each([
    [
      'reset;verb=GET',
      'failures: a field of a fault must be method=GET, path=/start or scope=request|connection|origin',
    ],
    ['reset;scope=socket', 'failures: a field of a fault must be method=GET, path=/start or scope='],
    ['reset;path=orders', 'failures: what a fault looks at must be a method in capital letters'],
    ['crash;scope=connection', 'failures: the scope of crash must be request or origin where type is crash'],
    [
      'reset@1;scope=origin',
      'failures: the scope of reset must be request or connection where it goes by numbers',
    ],
  ])('refuses %j', (text, sentence) => {
    expect(refusalOf(text)).toMatchObject({ message: expect.stringContaining(sentence) });
  });

  it('reads off as no rules', () => {
    expect(parseFaultSpec('off')).toEqual([]);
  });

  it('reads on as every fault at its default', () => {
    expect(DEFAULT_FAULT_SPEC).toBe(
      'crash=500ms@300/10000,latency=50ms~10ms:5%,timeout:1%,reset:1%,drop:1%,status=503:2%',
    );
    expect(parseFaultSpec('on')).toEqual(parseFaultSpec(DEFAULT_FAULT_SPEC));
  });

  it('lets a run of 1,000 requests meet every fault of the default mix, with each of 100 seeds', () => {
    const rules = parseFaultSpec('on');
    for (let seed = 0; seed < 100; seed += 1) {
      const plan = new FaultPlan(rules, seed);
      const kinds = new Set(Array.from({ length: 1_000 }, (_, seq) => plan.decide(seq, 1).kind));
      expect(kinds).toEqual(new Set(['pass', 'crash', 'latency', 'timeout', 'reset', 'drop', 'status']));
    }
  });

  const GRAMMAR =
    'failures must be on, off or a list of type[=magnitude][:percent] such as latency=50ms~10ms:5%,reset:1%';
  const TYPES = `failures: the type of a fault must be one of ${FAULT_TYPES.join(', ')}`;
  const LATENCY =
    'failures: the magnitude of latency must be a duration from 0ms to 1h, with or without a jitter up to the same, such as 50ms or 50ms~10ms';
  const CHANCE = `must be ${ALLOWED_WHEN.chance}`;
  const COUNT =
    'failures: the occurrence of crash must be a request number from @0 and, if it shall repeat, a period from 1, such as @300 or @300/10000';
  const CRASH = 'failures: the magnitude of crash must be a duration from 1ms to 1h, such as 500ms';
  const STATUS = 'failures: the magnitude of status must be a status code from 200 to 599, such as 503';

  it.each([
    ['', `${GRAMMAR}, got ""`],
    ['reset:1%,', `${GRAMMAR}, got ""`],
    ['=5ms', `${GRAMMAR}, got "=5ms"`],
    ['latency=:5%', `${GRAMMAR}, got "latency=:5%"`],
    ['rest:1%', `${TYPES} (the nearest is reset), got "rest"`],
    ['latencies:1%', `${TYPES} (the nearest is latency), got "latencies"`],
    ['Reset', `${TYPES} (the nearest is reset), got "Reset"`],
    ['toString', `${TYPES} (the nearest is crash), got "toString"`],
    ['latency=50', `${LATENCY}, got "50"`],
    ['latency=2h', `${LATENCY}, got "2h"`],
    ['latency=50ms~60ms', `${LATENCY}, got "50ms~60ms"`],
    ['latency=50ms~10ms~1ms', `${LATENCY}, got "50ms~10ms~1ms"`],
    ['latency=50ms~', `${LATENCY}, got "50ms~"`],
    ['latency=-1ms', `${LATENCY}, got "-1ms"`],
    ['status=99:1%', `${STATUS}, got "99"`],
    ['status=600', `${STATUS}, got "600"`],
    ['status=50x', `${STATUS}, got "50x"`],
    ['reset=5ms:1%', 'failures: the magnitude of reset must be left out, got "5ms"'],
    ['crash=0ms', `${CRASH}, got "0ms"`],
    ['crash=2h', `${CRASH}, got "2h"`],
    ['crash=500ms:5%', `${COUNT}, got ":5%"`],
    ['crash@300/0', `${COUNT}, got "@300/0"`],
    ['crash@-1', `${COUNT}, got "@-1"`],
    ['crash@9007199254740992', `${COUNT}, got "@9007199254740992"`],
    ['reset:101%', `failures: the occurrence of reset ${CHANCE}, got ":101%"`],
    ['reset:5', `failures: the occurrence of reset ${CHANCE}, got ":5"`],
    ['reset:1%:2%', `failures: the occurrence of reset ${CHANCE}, got ":1%:2%"`],
    ['reset:-1%', `failures: the occurrence of reset ${CHANCE}, got ":-1%"`],
    ['reset@300+0', `failures: the occurrence of reset ${CHANCE}, got "@300+0"`],
  ])('refuses %j', (text, sentence) => {
    const error = refusalOf(text);
    expect(error).toBeInstanceOf(PoolerError);
    expect(error).toMatchObject({ code: 'PLR_INVALID_ARGUMENT', message: sentence });
  });
});

function refusalOf(text: string): unknown {
  try {
    return parseFaultSpec(text);
  } catch (error) {
    return error;
  }
}
