/** A JSON object of the API, read without trust: what is absent or of another type reads as empty. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The entries whose value is a text. */
export function labelsOf(value: unknown): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const [key, label] of Object.entries(objectOf(value))) {
    if (typeof label === 'string') labels[key] = label;
  }
  return labels;
}

/** A time of RFC 3339 in milliseconds since 1970. */
export function epochMsOf(value: unknown): number | undefined {
  const epochMs = Date.parse(textOf(value));
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

/** Undefined for a text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
