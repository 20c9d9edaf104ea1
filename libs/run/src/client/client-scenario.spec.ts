import { afterEach, describe, expect, it } from 'vitest';
import { schedulesOf, type CampaignSpec, type FaultSpec, type ScenarioSpec } from '#libs/campaign';
import { Client } from '#libs/client';
import { RunTally, SecondWindows } from '#libs/stats';
import { FakeClock, ScriptedTransport } from '#libs/testing';
import { FaultSightings, StageFaults } from '#libs/run';
import { specOf } from '../scripted-load.spec-helper.ts';
import { ClientScenario } from './client-scenario.ts';

const T0 = 2_000;
const WHOLE = { index: 0, count: 1 };
const LATE: FaultSpec = {
  id: 'late',
  type: 'status',
  magnitude: '503',
  where: 'client',
  startMs: 3_000,
  durationMs: 2_000,
};
const CLOSED: ScenarioSpec = {
  name: 'workers',
  model: 'closed',
  concurrency: 2,
  durationMs: 10_000,
  request: { method: 'GET', path: '/' },
};

/** A peer that answers every request after `answerMs`. */
class AnsweringPeer {
  readonly wires: AnsweringWire[] = [];
  readonly #clock: FakeClock;
  readonly #answerMs: number;

  constructor(clock: FakeClock, answerMs: number) {
    this.#clock = clock;
    this.#answerMs = answerMs;
  }

  dial(handler: ScriptedTransport['handler']): ScriptedTransport {
    const wire = new AnsweringWire(handler, this.#clock, this.#answerMs);
    this.wires.push(wire);
    queueMicrotask(() => wire.connect());
    return wire;
  }
}

class AnsweringWire extends ScriptedTransport {
  readonly #clock: FakeClock;
  readonly #answerMs: number;

  constructor(handler: ScriptedTransport['handler'], clock: FakeClock, answerMs: number) {
    super(handler);
    this.#clock = clock;
    this.#answerMs = answerMs;
  }

  override write(data: Uint8Array | string): boolean {
    this.#clock.setTimer(() => this.respond(), this.#answerMs);
    return super.write(data);
  }
}

let client: Client;
afterEach(() => client.destroy());

function setUp(changes: Partial<CampaignSpec> = {}, { answerMs = 20 } = {}) {
  const clock = new FakeClock();
  const spec = specOf(changes);
  const [scenario] = schedulesOf(spec);
  const counts = {
    tally: new RunTally(),
    seconds: new SecondWindows(60),
    faults: new FaultSightings([], T0),
  };
  const world = { isOurs: true };
  const share = {
    scenario: scenario!,
    segment: WHOLE,
    t0AtMs: T0,
    fromMs: -Infinity,
    maxInFlight: 50,
    drainMs: 1_000,
    maySend: () => world.isOurs,
  };
  const peer = new AnsweringPeer(clock, answerMs);
  const faults = new StageFaults(spec, 1, share.scenario, T0, clock);
  client = new Client(
    { name: 'ours', retry: false, breaker: false, faults },
    { clock, connector: () => peer },
  );
  const sender = { name: 'ours', client, request: { url: 'http://192.0.2.1/' }, faults };
  const load = new ClientScenario(share, counts, sender, clock);
  let isOver = false;
  void load.run().then(() => (isOver = true));
  return { clock, counts, load, peer, world, isOver: () => isOver };
}

describe('a scenario through a client', () => {
  it('meets each fault in its window only, by the intended start', async () => {
    const { clock, counts, isOver } = setUp({ faults: [LATE] });
    await clock.advanceAsync(20_000);
    const { baseline, stages, recovery } = counts.tally.phases;
    expect(counts.faults.snapshot()).toEqual({ late: { attempts: 20, firstMs: 3_020, lastMs: 4_920 } });
    expect(
      [baseline, stages, recovery].map(({ counts: { requests, failed } }) => [requests, failed]),
    ).toEqual([
      [20, 0],
      [100, 20],
      [20, 0],
    ]);
    expect(stages.attribution['injected/surfaced']).toBe(20);
    expect(isOver()).toBe(true);
  });

  it('in the closed model meets it by the start, and never before t = 0 or after the stages', async () => {
    const always = { ...LATE, startMs: undefined, durationMs: undefined };
    const { clock, counts } = setUp({ scenarios: [CLOSED], faults: [always] });
    await clock.advanceAsync(20_000);
    const { baseline, stages, recovery } = counts.tally.phases;
    expect(stages.counts.requests).toBeGreaterThan(0);
    expect([baseline, stages, recovery].map(({ counts: { failed } }) => failed)).toEqual([
      0,
      stages.counts.requests,
      0,
    ]);
  });

  it('a crash cuts every connection of its client and refuses dials for its magnitude', async () => {
    const crash: FaultSpec = { id: 'kill', type: 'crash', magnitude: '1s', where: 'client', fromRequest: 30 };
    const { clock, counts, peer } = setUp({ faults: [crash] });
    await clock.advanceAsync(T0 + 12_100);
    // Ten arrivals in the second that it lasts, the one that draws it among them.
    expect(counts.tally.total().counts).toMatchObject({ requests: 140, failed: 10 });
    expect(peer.wires.map(({ life }) => life)).toEqual(['reset', 'connected']);
    expect(counts.faults.snapshot()).toMatchObject({ kill: { attempts: 1 } });
  });

  it('that was cut ends what is in flight', async () => {
    const { clock, counts, load, isOver } = setUp({}, { answerMs: 900 });
    await clock.advanceAsync(500);
    expect(load.inFlight).toBe(6);
    load.cut();
    await clock.advanceAsync(0);
    expect(isOver()).toBe(true);
    expect(load.inFlight).toBe(0);
    expect(counts.tally.total().counts).toMatchObject({ requests: 6, failed: 6 });
  });

  it('sends nothing more from when it is no longer ours', async () => {
    const { clock, counts, world, isOver } = setUp();
    await clock.advanceAsync(950);
    world.isOurs = false;
    await clock.advanceAsync(1_000);
    expect(counts.tally.total().counts.requests).toBe(10);
    expect(isOver()).toBe(true);
  });

  it('counts its own client and no other', async () => {
    const { clock, counts } = setUp();
    const stranger = new Client({ name: 'other' }, { clock, connector: () => new AnsweringPeer(clock, 1) });
    const asked = stranger.request('http://192.0.2.2/').then(({ body }) => body.dump());
    await clock.advanceAsync(20_000);
    await asked;
    expect(counts.tally.total().counts.requests).toBe(140);
    await stranger.destroy();
  });
});
