import { invariant } from '#libs/kernel';

/** Where a run is, and since when. Plain data, stored as it is. */
export type RunState =
  | { readonly kind: 'queued'; readonly sinceMs: number }
  /** A worker makes the plan and gets ready. Nothing has been sent. */
  | { readonly kind: 'preparing'; readonly sinceMs: number }
  | { readonly kind: 'baseline'; readonly sinceMs: number }
  /** The stages and the recovery phase. */
  | { readonly kind: 'running'; readonly sinceMs: number }
  /** Nothing more is started; what is in flight is awaited. */
  | { readonly kind: 'draining'; readonly sinceMs: number; readonly ending: Ending }
  /** Faults are removed, and a canary shows that the target answers. */
  | { readonly kind: 'recovering'; readonly sinceMs: number; readonly ending: Ending }
  | {
      readonly kind: 'completed';
      readonly sinceMs: number;
      readonly isDryRun: boolean;
      /** Whether the canary was answered; true for a dry run, which disturbed nothing. */
      readonly isRecovered: boolean;
    }
  | { readonly kind: 'aborted'; readonly sinceMs: number; readonly abort: Abort }
  | { readonly kind: 'errored'; readonly sinceMs: number; readonly message: string };

export type RunStateKind = RunState['kind'];

/** How a run will end once the target is whole again. */
export type Ending =
  | { readonly kind: 'finished' }
  | { readonly kind: 'aborted'; readonly abort: Abort }
  | { readonly kind: 'errored'; readonly message: string };

export interface Abort {
  readonly by: AbortedBy;
  readonly reason: string;
}

/** `lease-lost`: the worker could not keep its claim on the run, and nobody took it over. */
export type AbortedBy = 'user' | 'lever' | 'guardrail' | 'signal' | 'lease-lost';

export type RunEvent =
  /** A worker has taken the run, perhaps over from another. */
  | { readonly kind: 'taken' }
  /** The plan is made. A dry run ends here. */
  | { readonly kind: 'prepared'; readonly isDryRun: boolean }
  | { readonly kind: 'baseline-over' }
  /** The last phase is over. */
  | { readonly kind: 'load-over' }
  | { readonly kind: 'drained' }
  /** The faults are removed; `isRecovered` says whether the canary was answered. */
  | { readonly kind: 'recovered'; readonly isRecovered: boolean }
  /** `graceful` awaits what is in flight, `now` cuts it. */
  | { readonly kind: 'abort'; readonly abort: Abort; readonly mode: 'graceful' | 'now' }
  /** Something of ours failed. */
  | { readonly kind: 'error'; readonly message: string };

/**
 * The legal moves. From `baseline` on something may have been sent, and no way leads past `recovering`.
 */
const MOVES: Readonly<Record<RunStateKind, readonly RunStateKind[]>> = {
  queued: ['preparing', 'aborted', 'errored'],
  preparing: ['baseline', 'completed', 'aborted', 'errored'],
  baseline: ['running', 'draining', 'recovering'],
  running: ['draining', 'recovering'],
  draining: ['recovering'],
  recovering: ['completed', 'aborted', 'errored'],
  completed: [],
  aborted: [],
  errored: [],
};

export function isFinal(state: RunState): boolean {
  return MOVES[state.kind].length === 0;
}

/**
 * The state after `event`. The same object when the event changes nothing: an abort that comes late, or a run that is
 * taken over. An event that cannot happen in `state` is a bug and asserts.
 */
export function nextRunState(state: RunState, event: RunEvent, nowMs: number): RunState {
  const next = answer(state, event, nowMs);
  invariant(
    next.kind === state.kind || MOVES[state.kind].includes(next.kind),
    `a run went from ${state.kind} to ${next.kind}`,
  );
  return next;
}

function answer(state: RunState, event: RunEvent, nowMs: number): RunState {
  switch (event.kind) {
    case 'taken':
      return state.kind === 'queued' ? { kind: 'preparing', sinceMs: nowMs } : state;
    case 'prepared':
      expect(state, event, 'preparing');
      return event.isDryRun
        ? { kind: 'completed', sinceMs: nowMs, isDryRun: true, isRecovered: true }
        : { kind: 'baseline', sinceMs: nowMs };
    case 'baseline-over':
      expect(state, event, 'baseline');
      return { kind: 'running', sinceMs: nowMs };
    case 'load-over':
      expect(state, event, 'running');
      return { kind: 'draining', sinceMs: nowMs, ending: { kind: 'finished' } };
    case 'drained':
      invariant(state.kind === 'draining', `a run was drained while ${state.kind}`);
      return { kind: 'recovering', sinceMs: nowMs, ending: state.ending };
    case 'recovered':
      invariant(state.kind === 'recovering', `a run recovered while ${state.kind}`);
      return ended(state.ending, event.isRecovered, nowMs);
    case 'abort':
      return aborted(state, event, nowMs);
    case 'error':
      return errored(state, event.message, nowMs);
  }
}

function expect(state: RunState, event: RunEvent, kind: RunStateKind): void {
  invariant(state.kind === kind, `a run got ${event.kind} while ${state.kind}`);
}

function ended(ending: Ending, isRecovered: boolean, nowMs: number): RunState {
  switch (ending.kind) {
    case 'finished':
      return { kind: 'completed', sinceMs: nowMs, isDryRun: false, isRecovered };
    case 'aborted':
      return { kind: 'aborted', sinceMs: nowMs, abort: ending.abort };
    case 'errored':
      return { kind: 'errored', sinceMs: nowMs, message: ending.message };
  }
}

/** The first abort names the cause; a later one can only hurry it. */
function aborted(state: RunState, event: RunEvent & { kind: 'abort' }, nowMs: number): RunState {
  const { abort, mode } = event;
  const ending: Ending = { kind: 'aborted', abort };
  switch (state.kind) {
    case 'queued':
    case 'preparing':
      return { kind: 'aborted', sinceMs: nowMs, abort };
    case 'baseline':
    case 'running':
      return { kind: mode === 'now' ? 'recovering' : 'draining', sinceMs: nowMs, ending };
    case 'draining': {
      const kept = state.ending.kind === 'finished' ? ending : state.ending;
      if (mode === 'now') return { kind: 'recovering', sinceMs: nowMs, ending: kept };
      return kept === state.ending ? state : { ...state, ending: kept };
    }
    case 'recovering':
    case 'completed':
    case 'aborted':
    case 'errored':
      return state;
  }
}

/** An error outranks every other ending, and still the target is made whole first. */
function errored(state: RunState, message: string, nowMs: number): RunState {
  switch (state.kind) {
    case 'queued':
    case 'preparing':
      return { kind: 'errored', sinceMs: nowMs, message };
    case 'recovering': {
      const first = state.ending.kind === 'errored' ? `${state.ending.message}; ` : '';
      return { kind: 'errored', sinceMs: nowMs, message: `${first}${message}` };
    }
    case 'baseline':
    case 'running':
    case 'draining':
      return { kind: 'recovering', sinceMs: nowMs, ending: { kind: 'errored', message } };
    case 'completed':
    case 'aborted':
    case 'errored':
      return state;
  }
}
