import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { channels } from './channels.ts';
import type { ProbeRecord } from './records.ts';

const record: ProbeRecord = { origin: 'http://127.0.0.1', connectionId: 1, result: 'alive' };

describe('the channels', () => {
  it('are named after what goes over them', () => {
    expect(Object.entries(channels).map(([key, { name }]) => [key, name])).toEqual([
      ['request', 'pooler:request'],
      ['connection', 'pooler:connection'],
      ['probe', 'pooler:probe'],
      ['breaker', 'pooler:breaker'],
      ['address', 'pooler:address'],
      ['fault', 'pooler:fault'],
      ['leak', 'pooler:leak'],
    ]);
  });

  it('know whether anybody listens', () => {
    expect(channels.probe.hasSubscribers).toBe(false);
    const stop = channels.probe.subscribe(() => {});
    expect(channels.probe.hasSubscribers).toBe(true);
    stop();
    expect(channels.probe.hasSubscribers).toBe(false);
  });

  it('carry a record to every listener of the one channel, until it stops', () => {
    const heard: string[] = [];
    const stopFirst = channels.probe.subscribe(({ result }) => heard.push(`first ${result}`));
    const stopSecond = channels.probe.subscribe(({ result }) => heard.push(`second ${result}`));
    const stopOther = channels.fault.subscribe(() => heard.push('fault'));
    channels.probe.publish(record);
    stopFirst();
    channels.probe.publish(record);
    stopSecond();
    stopOther();
    channels.probe.publish(record);
    expect(heard).toEqual(['first alive', 'second alive', 'second alive']);
  });

  it('are open to whoever knows only their names', () => {
    const heard: unknown[] = [];
    const listen = (message: unknown): void => {
      heard.push(message);
    };
    subscribe('pooler:probe', listen);
    channels.probe.publish(record);
    unsubscribe('pooler:probe', listen);
    expect(heard).toEqual([record]);
  });
});
