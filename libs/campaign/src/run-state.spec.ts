import { describe, expect, it } from 'vitest';
import { isFinal, nextRunState, type Abort, type RunEvent, type RunState } from './run-state.ts';

const QUEUED: RunState = { kind: 'queued', sinceMs: 0 };
const abort: Abort = { by: 'user', reason: 'enough' };
const abortNow: RunEvent = { kind: 'abort', abort, mode: 'now' };
const abortGracefully: RunEvent = { kind: 'abort', abort, mode: 'graceful' };
const failed: RunEvent = { kind: 'error', message: 'no route' };
const prepared: RunEvent = { kind: 'prepared', isDryRun: false };
const recovered: RunEvent = { kind: 'recovered', isRecovered: true };
const taken: RunEvent = { kind: 'taken' };
const baselineOver: RunEvent = { kind: 'baseline-over' };
const loadOver: RunEvent = { kind: 'load-over' };
const drained: RunEvent = { kind: 'drained' };

/** The state after each event, one event every 10 ms. */
function statesAfter(events: readonly RunEvent[]): RunState[] {
  let state = QUEUED;
  return events.map((event, index) => (state = nextRunState(state, event, 10 * (index + 1))));
}
const kindsAfter = (...events: RunEvent[]) => statesAfter(events).map(({ kind }) => kind);

describe('a run', () => {
  it('goes through all its states and completes', () => {
    expect(statesAfter([taken, prepared, baselineOver, loadOver, drained, recovered])).toEqual([
      { kind: 'preparing', sinceMs: 10 },
      { kind: 'baseline', sinceMs: 20 },
      { kind: 'running', sinceMs: 30 },
      { kind: 'draining', sinceMs: 40, ending: { kind: 'finished' } },
      { kind: 'recovering', sinceMs: 50, ending: { kind: 'finished' } },
      { kind: 'completed', sinceMs: 60, isDryRun: false, isRecovered: true },
    ]);
  });

  it('completes from preparing when it is a dry run', () => {
    expect(statesAfter([taken, { kind: 'prepared', isDryRun: true }]).at(-1)).toEqual({
      kind: 'completed',
      sinceMs: 20,
      isDryRun: true,
      isRecovered: true,
    });
  });

  it('keeps in mind that the target was not well afterwards', () => {
    const events = [taken, prepared, baselineOver, loadOver, drained];
    const [last] = statesAfter([...events, { kind: 'recovered', isRecovered: false }]).slice(-1);
    expect(last).toMatchObject({ kind: 'completed', isRecovered: false });
  });

  it('changes nothing when another worker takes it over', () => {
    expect(kindsAfter(taken, taken, prepared, taken, baselineOver, taken)).toEqual([
      'preparing',
      'preparing',
      'baseline',
      'baseline',
      'running',
      'running',
    ]);
  });
});

describe('an abort', () => {
  it('ends a run at once that has sent nothing', () => {
    expect(kindsAfter(abortNow)).toEqual(['aborted']);
    expect(kindsAfter(taken, abortGracefully)).toEqual(['preparing', 'aborted']);
  });

  it('awaits what is in flight when it is graceful, and cuts it when not', () => {
    expect(kindsAfter(taken, prepared, abortGracefully, drained, recovered).slice(2)).toEqual([
      'draining',
      'recovering',
      'aborted',
    ]);
    expect(kindsAfter(taken, prepared, baselineOver, abortNow, recovered).slice(3)).toEqual([
      'recovering',
      'aborted',
    ]);
  });

  it('keeps its first cause when a second one hurries it', () => {
    const lever: RunEvent = { kind: 'abort', abort: { by: 'lever', reason: 'all' }, mode: 'now' };
    const states = statesAfter([taken, prepared, abortGracefully, lever, recovered]);
    expect(states.slice(3)).toEqual([
      { kind: 'recovering', sinceMs: 40, ending: { kind: 'aborted', abort } },
      { kind: 'aborted', sinceMs: 50, abort },
    ]);
  });

  it('still counts while a finished run drains', () => {
    const states = statesAfter([taken, prepared, baselineOver, loadOver, abortGracefully]);
    expect(states.at(-1)).toEqual({ kind: 'draining', sinceMs: 40, ending: { kind: 'aborted', abort } });
  });

  it('comes too late once the run recovers, and after its end', () => {
    const events = [taken, prepared, baselineOver, loadOver, drained];
    expect(kindsAfter(...events, abortNow, recovered, abortNow).slice(-3)).toEqual([
      'recovering',
      'completed',
      'completed',
    ]);
  });
});

describe('an error of ours', () => {
  it('ends a run at once that has sent nothing', () => {
    expect(kindsAfter(failed)).toEqual(['errored']);
    expect(kindsAfter(taken, failed)).toEqual(['preparing', 'errored']);
  });

  it.each([
    ['baseline', [taken, prepared]],
    ['running', [taken, prepared, baselineOver]],
    ['draining', [taken, prepared, baselineOver, loadOver]],
  ])('in %s makes the target whole before the run ends', (_kind, events) => {
    const states = statesAfter([...events, failed, recovered]);
    expect(states.slice(-2).map(({ kind }) => kind)).toEqual(['recovering', 'errored']);
    expect(states.at(-1)).toMatchObject({ message: 'no route' });
  });

  it('while recovering ends the run as errored', () => {
    expect(kindsAfter(taken, prepared, abortNow, failed).at(-1)).toBe('errored');
  });

  it('while recovering from another does not hide that one', () => {
    const second: RunEvent = { kind: 'error', message: 'the faults could not be removed' };
    expect(statesAfter([taken, prepared, failed, second]).at(-1)).toMatchObject({
      kind: 'errored',
      message: 'no route; the faults could not be removed',
    });
  });
});

describe('an impossible event', () => {
  it.each([
    ['drained while running', [taken, prepared, baselineOver, drained]],
    ['recovered while running', [taken, prepared, baselineOver, recovered]],
    ['prepared twice', [taken, prepared, prepared]],
    ['the load over in the baseline', [taken, prepared, loadOver]],
    ['the baseline over before it began', [taken, baselineOver]],
  ])('is a bug: %s', (_name, events) => {
    expect(() => statesAfter(events)).toThrow('BUG: a run');
  });
});

describe('isFinal', () => {
  it('is true of the three ends only', () => {
    const states = statesAfter([taken, prepared, baselineOver, loadOver, drained, recovered]);
    expect([QUEUED, ...states].filter(isFinal).map(({ kind }) => kind)).toEqual(['completed']);
    expect(statesAfter([abortNow]).every(isFinal)).toBe(true);
    expect(statesAfter([failed]).every(isFinal)).toBe(true);
  });
});
