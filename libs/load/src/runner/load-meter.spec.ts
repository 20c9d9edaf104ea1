import { afterEach, describe, expect, it } from 'vitest';
import { channels, type BreakerRecord, type RequestRecord } from '#libs/records';
import { RunTally, SecondWindows } from '#libs/stats';
import { ArrivalSchedule, type Timeline } from '#libs/load';
import { LoadMeter, type LoadMeterOptions } from './load-meter.ts';

const SCHEDULE = new ArrivalSchedule({
  stages: [{ durationMs: 1000, targetPerSecond: 10 }],
  baselineMs: 1000,
  recoveryMs: 1000,
});
const T0_AT_MS = 5000;

let meter: LoadMeter | undefined;

afterEach(() => {
  meter?.stop();
});

function meterOf(options: Partial<LoadMeterOptions> & { readonly timeline: Timeline }): {
  readonly meter: LoadMeter;
  readonly tally: RunTally;
  readonly seconds: SecondWindows;
} {
  const counted = { tally: new RunTally(), seconds: new SecondWindows(10) };
  const made = new LoadMeter({ client: 'ours', t0AtMs: T0_AT_MS, ...counted, ...options });
  meter = made;
  return { meter: made, ...counted };
}

function publish(requestSeq: number, startedAtMs: number, endedAtMs: number, client = 'ours'): void {
  const record: RequestRecord = {
    client,
    requestSeq,
    method: 'GET',
    origin: 'http://a',
    path: '/',
    startedAtMs,
    endedAtMs,
    isOk: true,
    statusCode: 200,
    error: undefined,
    attempts: [],
    refusal: undefined,
    trace: undefined,
  };
  channels.request.publish(record);
}

function publishMove(to: string, atMs: number, client = 'ours'): void {
  const record: BreakerRecord = {
    client,
    origin: 'http://a',
    from: 'closed',
    to,
    cause: 'rate',
    atMs,
    calls: 20,
    failures: 20,
    slow: 0,
  };
  channels.breaker.publish(record);
}

describe('the meter of a load', () => {
  it('counts a request in the phase of its intended start and in the second of its end', () => {
    const { tally, seconds } = meterOf({ timeline: SCHEDULE.timeline, schedule: SCHEDULE });
    publish(9, T0_AT_MS + 1200, T0_AT_MS + 2100);
    const { counts, latency, sendLatency } = tally.phases.stages;
    expect(counts.requests).toBe(1);
    expect([latency.maxMs, sendLatency.maxMs].map(Math.floor)).toEqual([1200, 900]);
    expect([1, 2].map((second) => seconds.window(second, 1).counts.requests)).toEqual([0, 1]);
  });

  it('knows the baseline and the recovery by the numbers of the schedule', () => {
    const { tally } = meterOf({ timeline: SCHEDULE.timeline, schedule: SCHEDULE });
    publish(-1, T0_AT_MS, T0_AT_MS + 1);
    publish(10, T0_AT_MS + 1000, T0_AT_MS + 1001);
    const { baseline, stages, recovery } = tally.phases;
    expect([baseline, stages, recovery].map(({ counts }) => counts.requests)).toEqual([1, 0, 1]);
  });

  it('in the closed model takes the start of a request for what was intended', () => {
    const { tally } = meterOf({ timeline: SCHEDULE.timeline });
    publish(-7, T0_AT_MS - 10, T0_AT_MS + 10);
    const { baseline } = tally.phases;
    expect([baseline.counts.requests, Math.floor(baseline.latency.maxMs)]).toEqual([1, 20]);
  });

  it('counts arrivals with their lag, and those that were missed', () => {
    const { meter: listener, tally, seconds } = meterOf({ timeline: SCHEDULE.timeline, schedule: SCHEDULE });
    listener.onSent(3, 1.5);
    listener.onMissed(10);
    expect(tally.phases.stages).toMatchObject({ counts: { arrivals: 1, missed: 0 } });
    expect(tally.phases.stages.lag.maxMs).toBe(1.5);
    expect(tally.phases.recovery.counts.missed).toBe(1);
    expect(seconds.window(1, 1).counts.missed).toBe(1);
  });

  it('counts the times that a breaker opened', () => {
    const { tally } = meterOf({ timeline: SCHEDULE.timeline, schedule: SCHEDULE });
    publishMove('open', T0_AT_MS + 10);
    publishMove('half-open', T0_AT_MS + 20);
    expect(tally.total().counts.circuitOpens).toBe(1);
    expect(tally.phases.stages.counts.circuitOpens).toBe(1);
  });

  it('does not listen to other clients, nor after its end', () => {
    const { meter: listener, tally } = meterOf({ timeline: SCHEDULE.timeline, schedule: SCHEDULE });
    publish(0, T0_AT_MS, T0_AT_MS + 1, 'another');
    publishMove('open', T0_AT_MS, 'another');
    listener.stop();
    publish(0, T0_AT_MS, T0_AT_MS + 1);
    expect(tally.total().counts).toMatchObject({ requests: 0, circuitOpens: 0 });
  });
});
