import type { ErrorCode, Rng } from '#libs/kernel';

/** The shortest and the longest pause. Descriptors and ports come back within a second or so, not within a poll. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** The limits of this machine that stop dialling; they say nothing about the peer. */
export type LocalLimit = Extract<ErrorCode, 'PLR_FD_LIMIT' | 'PLR_LOCAL_PORTS'>;

export function isLocalLimit(code: ErrorCode): code is LocalLimit {
  return code === 'PLR_FD_LIMIT' || code === 'PLR_LOCAL_PORTS';
}

/**
 * Holds dialling back when the machine has no descriptor or no local port left: each further dial would fail at once and
 * take CPU from the connections that still work. The pause doubles, with full jitter on its second half, until a dial
 * succeeds.
 */
export class DialPause {
  readonly #rng: Rng;
  #pauseMs = FIRST_PAUSE_MS;
  #state:
    | { readonly name: 'open' }
    | { readonly name: 'paused'; readonly limit: LocalLimit; readonly untilMs: number } = {
    name: 'open',
  };

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** The limit that holds dialling back, or has done so at some time since `sinceMs` and no dial has succeeded yet. */
  limitSince(sinceMs: number): LocalLimit | undefined {
    const state = this.#state;
    return state.name === 'paused' && state.untilMs > sinceMs ? state.limit : undefined;
  }

  /** When the next dial may start: `-Infinity` when dialling is open. */
  get untilMs(): number {
    return this.#state.name === 'paused' ? this.#state.untilMs : -Infinity;
  }

  onLimit(limit: LocalLimit, nowMs: number): void {
    // Dials that were under way fail together; the first one has already set the pause.
    if (this.untilMs > nowMs) return;
    const jittered = this.#pauseMs * (0.5 + 0.5 * this.#rng.next());
    this.#state = { name: 'paused', limit, untilMs: nowMs + jittered };
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  /** Returns whether this ended a pause. */
  onConnected(): boolean {
    if (this.#state.name === 'open') return false;
    this.#state = { name: 'open' };
    this.#pauseMs = FIRST_PAUSE_MS;
    return true;
  }
}
