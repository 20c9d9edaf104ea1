import type { FakeClock } from '#libs/testing';

/** Moves a run through its time. */
export class Timeline {
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** Time passes; promises go on at each moment at which something happens. */
  async advance(ms: number): Promise<void> {
    const clock = this.#clock;
    const untilMs = clock.nowMs() + ms;
    await this.endTurn();
    for (
      let dueAtMs = clock.nextDueAtMs;
      dueAtMs !== undefined && dueAtMs <= untilMs;
      dueAtMs = clock.nextDueAtMs
    ) {
      // Behind a moment at which the process stood still, all that is due is late.
      clock.advance(Math.max(0, dueAtMs - clock.nowMs()));
      await this.endTurn();
    }
    clock.advance(untilMs - clock.nowMs());
  }

  /** Ends the present turn of the loop, and those that come of it at the same moment. */
  async endTurn(): Promise<void> {
    do await promisesRun();
    while (this.#clock.endTurn());
  }

  async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#clock.setTimer(resolve, ms);
    });
  }
}

/** Lets every promise callback that is ready run, and those that they make ready: ticks come when none is left. */
async function promisesRun(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
}
