import { invariant, parseDurationMs } from '#libs/kernel';

/** What the value of a flag may be. */
export interface Kind<T> {
  /** Stands for the value in `--help`. */
  readonly placeholder: string;
  /** The range as `--help` shows it; empty where the placeholder says all. */
  readonly range: string;
  /** What the value must be, for the sentence that refuses another. */
  readonly allowed: string;
  /** Returns `undefined` when the text is none of these values. */
  parse(text: string): T | undefined;
}

export function wholeNumber(min: number, max: number): Kind<number> {
  const range = `${min} to ${max}`;
  return {
    placeholder: 'n',
    range,
    allowed: `a whole number from ${range}`,
    parse(text) {
      const value = /^\d+$/.test(text) ? Number(text) : NaN;
      return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
    },
  };
}

/** Reads as milliseconds; the bounds are written as the user writes them. */
export function duration(min: string, max: string): Kind<number> {
  const [minMs, maxMs] = [parseDurationMs(min), parseDurationMs(max)];
  invariant(minMs !== undefined && maxMs !== undefined, `${min} and ${max} are durations`);
  const range = `${min} to ${max}`;
  return {
    placeholder: 'time',
    range,
    allowed: `a duration of whole milliseconds from ${range}, such as 500ms or 10s`,
    parse(text) {
      const exactMs = parseDurationMs(text) ?? NaN;
      // 1.001s is a hair less than 1001 ms in binary.
      const ms = Math.round(exactMs);
      return Math.abs(exactMs - ms) < 1e-6 && ms >= minMs && ms <= maxMs ? ms : undefined;
    },
  };
}

export function choice<const T extends string>(...values: readonly T[]): Kind<T> {
  return {
    placeholder: values.join('|'),
    range: '',
    allowed: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text),
  };
}

/** Any text but the empty one. */
export function text(placeholder: string): Kind<string> {
  return {
    placeholder,
    range: '',
    allowed: 'a text of at least one character',
    parse: (value) => value || undefined,
  };
}

/** A share of a whole, from 0.01 to 1, also in percent. */
export const share: Kind<number> = {
  placeholder: 'share',
  range: '1% to 100%, or 0.01 to 1',
  allowed: 'a percentage from 1% to 100% or a share from 0.01 to 1',
  parse(given) {
    const [, amount, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(given) ?? [];
    const value = Number(amount) / (percent ? 100 : 1);
    return value >= 0.01 && value <= 1 ? value : undefined;
  },
};

/** A header field, as its name and value. The wire checks both further. */
export const headerLine: Kind<readonly [string, string]> = {
  placeholder: 'line',
  range: '',
  allowed: "a header field written 'Name: value'",
  parse(given) {
    const [, name, value] = /^([^\s:]+):(.*)$/s.exec(given) ?? [];
    return name === undefined || value === undefined ? undefined : [name, value.trim()];
  },
};

/** A host, in the form that a URL has it: IPv6 addresses in brackets (RFC 3986 section 3.2.2). */
export const hostName: Kind<string> = {
  placeholder: 'name',
  range: '',
  allowed: 'a host name or an IP address, without a port',
  parse(given) {
    const host = /^[\da-f:.]*:[\da-f:.]*$/i.test(given) ? `[${given}]` : given;
    return /^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(host) && URL.canParse(`http://${host}/`) ? host : undefined;
  },
};

/** The path and query of a request (RFC 9112 section 3.2.1). */
export const originPath: Kind<string> = {
  placeholder: 'path',
  range: '',
  allowed: 'a slash and then printable ASCII without space and #',
  parse: (given) => (/^\/[\x21\x22\x24-\x7e]*$/.test(given) ? given : undefined),
};
