const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads a duration as people write it: a decimal number and its unit, `500ms`, `1.5s`, `2m`, `1h`.
 * Returns milliseconds, `undefined` when the text is no duration: the caller knows which field to blame.
 */
export function parseDurationMs(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const msPerUnit = MS_PER_UNIT[unit ?? ''];
  return msPerUnit === undefined ? undefined : Number(amount) * msPerUnit;
}
