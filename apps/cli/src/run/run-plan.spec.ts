import { describe, expect, it } from 'vitest';
import { Client, Pool } from '#libs/client';
import { defineCommand } from '../flags/command.ts';
import { planRun, RUN_FLAGS, type RunPlan, type RunValues } from './run-plan.ts';

function planOf(...args: string[]): RunPlan {
  const io = { out: () => {}, err: () => {}, draw: undefined, onSignal: () => () => {} };
  const command = defineCommand('pooler', RUN_FLAGS, io)
    .argument('[url]')
    .action(() => {});
  command.parse(args, { from: 'user' });
  return planRun(command.opts<RunValues>(), command.args);
}

/** Every flag with a range, at both of its ends. `--max-active` ends where the open files do. */
const LOWEST = (
  '--requests 1 --duration 1ms --concurrency 1 --seed 0 --max-active 1 --max-idle 0 --min-idle 0 --max-pending 0 ' +
  '--acquire-timeout 1ms --connect-timeout 1ms --timeout 1ms --deadline 1ms --idle-timeout 1ms --retries 0 ' +
  '--retry-base 0ms --retry-cap 0ms --retry-budget 0/s --breaker-threshold 1% --breaker-window 100ms ' +
  '--breaker-open 1ms'
).split(' ');
const HIGHEST = (
  `--requests 1000000000 --duration 24h --concurrency 65535 --seed ${Number.MAX_SAFE_INTEGER} --max-active 8 ` +
  '--max-idle 65535 --min-idle 65535 --max-pending 1000000 --acquire-timeout 24h --connect-timeout 24h ' +
  '--timeout 24h --deadline 24h --idle-timeout 24h --retries 99 --retry-base 1m --retry-cap 1h ' +
  '--retry-budget 1000000/s --breaker-threshold 100% --breaker-window 1h --breaker-open 1h'
).split(' ');

describe('the plan of a run', () => {
  it.each([
    ['lowest', LOWEST],
    ['highest', HIGHEST],
  ])('is one that the libraries take, with every flag at its %s', (_end, args) => {
    const { client, url } = planOf(...args, '--failures', 'on');
    expect(() => new Client(client)).not.toThrow();
    expect(() => new Pool(url.origin, client.pool)).not.toThrow();
  });

  it('sends 1000 requests, unless a duration ends it', () => {
    expect(planOf().load).toEqual({ concurrency: 50, requests: 1000, durationMs: Infinity });
    expect(planOf('--duration', '2s').load).toMatchObject({ requests: Infinity, durationMs: 2000 });
    expect(planOf('--duration', '2s', '--requests', '3').load).toMatchObject({
      requests: 3,
      durationMs: 2000,
    });
  });

  it('goes where the flags say, or the url', () => {
    expect(planOf().url.href).toBe('http://127.0.0.1:8080/health');
    expect(planOf('--host', '::1', '--port', '80', '--path', '/a?b').url.href).toBe('http://[::1]/a?b');
    expect(planOf('http://a:1/b').url.href).toBe('http://a:1/b');
    expect(planOf('--https', '--port', '443').url.href).toBe('https://127.0.0.1/health');
    expect(planOf('https://a/b').url.href).toBe('https://a/b');
  });

  it('has a connection for every worker, and a place for every worker to wait', () => {
    expect(planOf('--concurrency', '7').client.pool).toMatchObject({ maxConnections: 7, maxPending: 1024 });
    expect(planOf('--concurrency', '2000', '--max-active', '9').client.pool).toMatchObject({
      maxConnections: 9,
      maxPending: 2000,
    });
  });

  it('counts retries, where the library counts attempts', () => {
    expect(planOf().client.retry).toMatchObject({ attempts: 3 });
    expect(planOf('--retries', '0').client.retry).toMatchObject({ attempts: 1 });
  });

  it('has the budget of retries on, off, or at a rate', () => {
    const budgetOf = (...args: string[]): unknown => {
      const { retry } = planOf(...args).client;
      return retry && retry.budget;
    };
    expect(budgetOf()).toEqual({ tokensPerSecond: undefined });
    expect(budgetOf('--retry-budget', 'off')).toBe(false);
    expect(budgetOf('--retry-budget', '2.5/s')).toEqual({ tokensPerSecond: 2.5 });
  });

  it('has no adaptive limit unless asked for', () => {
    expect(planOf().client.adaptive).toBe(false);
    expect(planOf('--adaptive').client.adaptive).toBe(true);
    expect(() => new Client(planOf('--adaptive', '--max-active', '1').client)).not.toThrow();
  });

  it('turns the breaker off', () => {
    expect(planOf('--breaker', 'off').client.breaker).toBe(false);
    expect(planOf('--breaker-threshold', '20%').client.breaker).toMatchObject({ failureRate: 0.2 });
  });

  it('has a seed also where none is given, and injects nothing unless asked to', () => {
    const { seed, client } = planOf();
    expect(Number.isSafeInteger(seed)).toBe(true);
    expect(client.faults).toBeUndefined();
    expect(planOf('--seed', '7', '--failures', 'reset').client.faults).toMatchObject({ seed: 7 });
  });

  it('keeps the header fields in their order, repeated ones too', () => {
    const { headers } = planOf('--header', 'B: 1', '--header', 'A: 2', '--header', 'B: 3').request;
    expect(headers).toEqual([
      ['B', '1'],
      ['A', '2'],
      ['B', '3'],
    ]);
    expect(planOf().request.headers).toBeUndefined();
  });
});
