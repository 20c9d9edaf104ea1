const CELLS = 30;

/** To the start of the line; erase from the cursor to its end (ECMA-48, EL). */
const RETURN = '\r';
const ERASE = '\u001b[K';

/** One line of a terminal that is drawn over and over, and leaves nothing behind. */
export class ProgressBar {
  readonly #draw: (text: string) => void;
  #isShown = false;

  constructor(draw: (text: string) => void) {
    this.#draw = draw;
  }

  /** @param done from 0 to 1 */
  show(done: number, finished: number): void {
    const full = Math.floor(done * CELLS);
    const bar = '#'.repeat(full).padEnd(CELLS, '.');
    const percent = String(Math.floor(done * 100)).padStart(3);
    this.#draw(`${RETURN}[${bar}] ${percent}% ${finished} requests${ERASE}`);
    this.#isShown = true;
  }

  /** Must come before anything else is written to the same terminal. */
  clear(): void {
    if (this.#isShown) this.#draw(`${RETURN}${ERASE}`);
    this.#isShown = false;
  }
}
