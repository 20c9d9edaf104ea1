/** What came of a fault, as the load has seen it. Times are ms from t = 0; null means that it was not seen, never zero. */
export interface FaultEffect {
  /** Attempts that it struck. Only the client counts its own. */
  readonly hits: number | undefined;
  /**
   * When the first attempt ended that it struck. Of a fault of target or proxy: the first that failed organically while the
   * fault was in force, since the client cannot know more.
   */
  readonly detectedMs: number | null;
  /**
   * From when on, after its end, no request was affected for `STEADY_MS`: by a fault of the client, or organically where
   * target or proxy were struck. To a tenth of a second.
   */
  readonly recoveredMs: number | null;
}
