/** So long a peer must have answered without a fault until what befell it, a drill or a fault, is over for the client. */
export const STEADY_MS = 2_000;

/**
 * Looks for the first steady stretch: the first time from which on nothing was affected for `steadyMs`. What was not
 * observed that long does not count.
 */
export class SteadyStretch {
  readonly #steadyMs: number;
  #fromMs: number | undefined;

  constructor(steadyMs: number) {
    this.#steadyMs = steadyMs;
  }

  /** Takes in what was at `atMs`, in the order of time. Returns when the stretch began once it has lasted, else `undefined`. */
  add(atMs: number, isAffected: boolean): number | undefined {
    if (this.#fromMs !== undefined && atMs - this.#fromMs >= this.#steadyMs) return this.#fromMs;
    if (isAffected) this.#fromMs = undefined;
    else this.#fromMs ??= atMs;
    return undefined;
  }
}
