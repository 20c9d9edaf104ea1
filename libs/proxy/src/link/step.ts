/**
 * How a direction of a connection ends. `fin`: the source said its last word, the other direction goes on. `close`: both
 * ends are closed. `reset`: both ends are reset (RST).
 */
export type Ending = 'fin' | 'close' | 'reset';

/** What a toxic lets go on to whoever stands behind it, and when. */
export type Step =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly dueAtMs: number }
  | { readonly kind: 'end'; readonly ending: Ending; readonly dueAtMs: number }
  /** Bytes for the other direction: an answer that the upstream never gave. */
  | { readonly kind: 'answer'; readonly bytes: Buffer; readonly dueAtMs: number };

/**
 * A toxic at work on one direction of one connection. It decides and keeps state, but does nothing itself: time comes in,
 * steps go out. Steps take effect in their order; one that is due earlier than its predecessor waits for it.
 */
export interface Effect {
  onBytes(bytes: Buffer, nowMs: number): readonly Step[];
  onEnd(ending: Ending, nowMs: number): readonly Step[];
  /** Called when the toxic meets the connection, and again when its attributes have changed. */
  onStart?(nowMs: number): void;
  /** When `onAlarm` shall be called if nothing happens before; looked at after each call. */
  readonly alarmAtMs?: number;
  onAlarm?(nowMs: number): readonly Step[];
  /** It loses bytes, so that a connection it has met is closed when the toxic is removed. Default false. */
  readonly losesBytes?: boolean;
}

/** An effect that lets the end pass as soon as what came before it is gone. */
export function endNow(ending: Ending, nowMs: number): readonly Step[] {
  return [{ kind: 'end', ending, dueAtMs: nowMs }];
}
