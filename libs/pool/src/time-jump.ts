/** A difference beyond this is no slewing of the clock and no busy loop. */
const JUMP_MS = 2_000;

/**
 * Notices that time was not what it seemed: the machine slept (monotonic time stands still then, CLOCK_MONOTONIC of
 * clock_gettime(2), while the peer's goes on), the time of day was set, or the process stood still. Idle connections are
 * then of unknown age, and what lies between may have forgotten them.
 */
export class TimeJump {
  #offsetMs: number;

  constructor(nowMs: number, wallMs: number) {
    this.#offsetMs = wallMs - nowMs;
  }

  /**
   * Whether time has jumped since the last look.
   * @param lateMs how late we come to look, where a timer was set for it
   */
  look(nowMs: number, wallMs: number, lateMs = 0): boolean {
    const offsetMs = wallMs - nowMs;
    const movedMs = Math.abs(offsetMs - this.#offsetMs);
    this.#offsetMs = offsetMs;
    return movedMs > JUMP_MS || lateMs > JUMP_MS;
  }
}
