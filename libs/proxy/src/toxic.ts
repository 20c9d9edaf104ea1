import type { DrawKey } from './draw.ts';
import { strikes } from './draw.ts';
import type { Configured } from './toxic/define-toxic.ts';

export type Direction = 'upstream' | 'downstream';

/** A toxic as JSON shows it, in Toxiproxy's form. */
export interface ToxicDocument {
  readonly attributes: object;
  readonly name: string;
  readonly type: string;
  readonly stream: string;
  readonly toxicity: number;
  /** Its time to live as it was given, in ms; left out where it has none. Ours, which Toxiproxy does not know. */
  readonly ttl?: number | undefined;
}

/** What a toxic is made of. */
export interface ToxicParts {
  readonly name: string;
  readonly type: string;
  /** As it was given, which may be in capital letters. */
  readonly stream: string;
  readonly direction: Direction;
  readonly toxicity: number;
  /** How long after its coming it removes itself; `undefined`: never. */
  readonly ttlMs: number | undefined;
  readonly configured: Configured;
}

/** What is to be changed of a toxic. */
export interface ToxicChange {
  readonly toxicity: number | undefined;
  /** Begins now. */
  readonly ttlMs: number | undefined;
  readonly attributes: object;
}

/** A toxic of a proxy. It decides whether it strikes; what happens then is its type's affair. */
export class Toxic {
  readonly name: string;
  readonly type: string;
  readonly stream: string;
  readonly direction: Direction;
  readonly configured: Configured;
  readonly key: DrawKey;
  #toxicity: number;
  #ttlMs: number | undefined;
  #expiresAtMs: number;
  #met = 0;
  #struck = 0;

  constructor(parts: ToxicParts, owner: { readonly seed: number; readonly proxy: string }, nowMs: number) {
    this.name = parts.name;
    this.type = parts.type;
    this.stream = parts.stream;
    this.direction = parts.direction;
    this.configured = parts.configured;
    this.#toxicity = parts.toxicity;
    this.#ttlMs = parts.ttlMs;
    this.#expiresAtMs = nowMs + (parts.ttlMs ?? Infinity);
    this.key = { ...owner, toxic: parts.name };
  }

  /** When it is to be removed; Infinity: never. */
  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  /** How many connections or requests it has struck. */
  get struck(): number {
    return this.#struck;
  }

  /** Whether it strikes the connection or request with this number. To be asked once for each. */
  meet(number: number): boolean {
    this.#met += 1;
    const { first } = this.configured.attributes;
    if ((first !== undefined && this.#met > first) || !strikes(this.key, number, this.#toxicity))
      return false;
    this.#struck += 1;
    return true;
  }

  update({ toxicity, ttlMs, attributes }: ToxicChange, nowMs: number): void {
    this.configured.update(attributes);
    this.#toxicity = toxicity ?? this.#toxicity;
    if (ttlMs === undefined) return;
    this.#ttlMs = ttlMs;
    this.#expiresAtMs = nowMs + ttlMs;
  }

  document(): ToxicDocument {
    const { name, type, stream, configured } = this;
    return {
      attributes: configured.attributes,
      name,
      type,
      stream,
      toxicity: this.#toxicity,
      ttl: this.#ttlMs,
    };
  }
}
