import { describe, expect, it } from 'vitest';
import { seededRng } from '#libs/kernel';
import { ArrivalSchedule, type ArrivalOptions } from './arrival-schedule.ts';

const constant = (perSecond: number, durationMs: number): ArrivalOptions => ({
  stages: [{ durationMs, targetPerSecond: perSecond }],
});

function offsetsOf(schedule: ArrivalSchedule): number[] {
  const offsetsMs: number[] = [];
  for (let seq = schedule.firstSeq; seq < schedule.endSeq; seq += 1) offsetsMs.push(schedule.offsetMs(seq));
  return offsetsMs;
}

/** A schedule such as nobody would write: short and long stages, rates of 0 among them. */
function drawSchedule(seed: number): ArrivalSchedule {
  const rng = seededRng(seed);
  const rate = (): number => (rng.next() < 0.2 ? 0 : rng.next() * 200);
  return new ArrivalSchedule({
    startPerSecond: rate(),
    stages: Array.from({ length: 1 + Math.floor(rng.next() * 6) }, () => ({
      durationMs: 1 + rng.next() * 4000,
      targetPerSecond: rate(),
    })),
    baselineMs: Math.floor(rng.next() * 2) * 1000,
    recoveryMs: Math.floor(rng.next() * 2) * 1000,
  });
}

describe('a constant rate', () => {
  it('has its first arrival at t = 0 and the others at even distances', () => {
    expect(offsetsOf(new ArrivalSchedule(constant(5, 1000)))).toEqual([0, 200, 400, 600, 800]);
  });

  it('does not drift in 10 minutes at 977 a second', () => {
    const schedule = new ArrivalSchedule(constant(977, 600_000));
    expect(schedule.endSeq).toBe(586_200);
    for (let second = 0; second < 600; second += 1)
      expect(schedule.offsetMs(977 * second)).toBe(1000 * second);
    expect(schedule.offsetMs(586_199)).toBeCloseTo(600_000 - 1000 / 977, 9);
  });

  it('may be slower than one a second, and then leaves its last fraction out', () => {
    expect(offsetsOf(new ArrivalSchedule(constant(0.4, 6000)))).toEqual([0, 2500, 5000]);
  });

  it('of 0 has no arrivals', () => {
    expect(offsetsOf(new ArrivalSchedule({ ...constant(0, 1000), baselineMs: 500 }))).toEqual([]);
  });
});

describe('a ramp', () => {
  it('up from 0 has arrival n at the root of its integral', () => {
    // 10/s after 10 s: t seconds bring t²/2 arrivals, so arrival n comes at √(2n).
    const schedule = new ArrivalSchedule({ ...constant(10, 10_000), startPerSecond: 0 });
    expect(schedule.endSeq).toBe(50);
    expect([0, 2, 8, 18, 32].map((seq) => schedule.offsetMs(seq))).toEqual([0, 2000, 4000, 6000, 8000]);
    expect(schedule.offsetMs(1)).toBeCloseTo(Math.SQRT2 * 1000, 9);
  });

  it('down to 0 mirrors that', () => {
    // 10 t − t²/2 arrivals after t seconds: arrival 50 − n comes n's time before the end.
    const schedule = new ArrivalSchedule({ ...constant(0, 10_000), startPerSecond: 10 });
    expect(schedule.endSeq).toBe(50);
    expect([18, 32, 42, 48].map((seq) => schedule.offsetMs(seq))).toEqual([2000, 4000, 6000, 8000]);
  });

  it('begins where the stage before it ended, with the fraction that was left of an arrival', () => {
    // 1.5 arrivals in the first second; after t more seconds of 1.5/s + 1/s² · t, 1.5 + 1.5 t + t²/2.
    const schedule = new ArrivalSchedule({
      stages: [
        { durationMs: 1000, targetPerSecond: 1.5 },
        { durationMs: 2000, targetPerSecond: 3.5 },
      ],
    });
    const root = (arrivals: number): number => 1000 * (1 - 1.5 + Math.sqrt(1.5 ** 2 + 2 * (arrivals - 1.5)));
    expect(schedule.endSeq).toBe(7);
    expect(schedule.offsetMs(1)).toBeCloseTo(1000 / 1.5, 9);
    for (const seq of [2, 3, 4, 5, 6]) expect(schedule.offsetMs(seq)).toBeCloseTo(root(seq), 9);
  });

  it('waits out a stage without arrivals', () => {
    const schedule = new ArrivalSchedule({
      startPerSecond: 2,
      stages: [2, 0, 0, 2, 2].map((targetPerSecond, stage) => ({
        durationMs: [1000, 1, 5000, 1, 1000][stage] ?? 0,
        targetPerSecond,
      })),
    });
    const offsetsMs = offsetsOf(schedule);
    expect(offsetsMs.slice(0, 2)).toEqual([0, 500]);
    expect(offsetsMs.filter((ms) => ms > 1001 && ms < 6001)).toEqual([]);
    expect(offsetsMs).toHaveLength(5);
  });
});

describe('the phases around the stages', () => {
  const schedule = new ArrivalSchedule({
    startPerSecond: 4,
    stages: [{ durationMs: 1000, targetPerSecond: 2 }],
    baselineMs: 1000,
    recoveryMs: 1000,
  });

  it('keep the starting rate before t = 0, with negative numbers, and the last one after the stages', () => {
    expect([schedule.firstSeq, schedule.endSeq]).toEqual([-4, 5]);
    expect([-4, -3, -2, -1, 0].map((seq) => schedule.offsetMs(seq))).toEqual([-1000, -750, -500, -250, 0]);
    expect([3, 4].map((seq) => schedule.offsetMs(seq))).toEqual([1000, 1500]);
  });

  it('are told by the intended start', () => {
    const phases = offsetsOf(schedule).map((offsetMs) => schedule.timeline.phaseAt(offsetMs));
    expect(phases.join(' ')).toBe(
      'baseline baseline baseline baseline stages stages stages recovery recovery',
    );
  });

  it('begin at 0 where there is no baseline', () => {
    const { firstSeq, timeline } = new ArrivalSchedule(constant(1, 1000));
    expect([firstSeq, timeline.startMs]).toEqual([0, 0]);
  });
});

describe('any schedule', () => {
  it('goes forward only, from its start to its end', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const schedule = drawSchedule(seed);
      const { startMs, endMs } = schedule.timeline;
      let beforeMs = startMs - 1e-6;
      for (const offsetMs of offsetsOf(schedule)) {
        expect(offsetMs).toBeGreaterThanOrEqual(beforeMs);
        beforeMs = offsetMs;
      }
      expect(beforeMs).toBeLessThanOrEqual(endMs);
    }
  });

  it('has as many arrivals before a moment as it counts', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const schedule = drawSchedule(seed);
      const offsetsMs = offsetsOf(schedule).slice(-schedule.firstSeq || 0);
      const rng = seededRng(seed);
      const drawnMs = Array.from({ length: 20 }, () => rng.next() * schedule.timeline.endMs);
      for (const untilMs of [-1, 0, schedule.timeline.endMs + 1, ...drawnMs, ...offsetsMs.slice(0, 20)])
        expect(schedule.count(untilMs)).toBe(offsetsMs.filter((offsetMs) => offsetMs < untilMs).length);
    }
  });

  it('has no arrivals but its own', () => {
    const schedule = new ArrivalSchedule(constant(5, 1000));
    for (const seq of [-1, 5]) expect(() => schedule.offsetMs(seq)).toThrow(`there is no arrival ${seq}`);
  });

  it.each<[string, Partial<ArrivalOptions>]>([
    ['stages must be one to 1000 stages, got an array', { stages: [] }],
    [
      'stages[0].durationMs must be a number from 1 to 86400000, got 0',
      { stages: [{ durationMs: 0, targetPerSecond: 1 }] },
    ],
    [
      'stages[0].targetPerSecond must be a number from 0 to 1000000, got -1',
      { stages: [{ durationMs: 1, targetPerSecond: -1 }] },
    ],
    ['startPerSecond must be a number from 0 to 1000000, got NaN', { startPerSecond: Number.NaN }],
    ['baselineMs must be a number from 0 to 86400000, got -1', { baselineMs: -1 }],
    ['recoveryMs must be a number from 0 to 86400000, got Infinity', { recoveryMs: Infinity }],
  ])('that is not one is refused: %s', (sentence, given) => {
    expect(() => new ArrivalSchedule({ ...constant(1, 1000), ...given })).toThrow(sentence);
  });
});
