import type { z } from 'zod';
import type { Rng } from '#libs/kernel';
import type { HttpRequest, HttpVerdict } from '../http/http-verdict.ts';
import { HELD_MAX_BYTES } from '../link/link.ts';
import type { Effect } from '../link/step.ts';

/** What all toxics take besides their own attributes. */
interface CommonAttributes {
  readonly first?: number | undefined;
}

/** The schema of a toxic's attributes: a `z.object`. */
interface AttributeSchema<Attributes> {
  readonly shape: Readonly<Record<string, z.ZodType>>;
  parse(given: unknown): Attributes;
}

/** The attributes as they are now; an effect reads them at each decision, so that an update holds at once. */
export interface Settings<Attributes> {
  readonly attributes: Attributes;
}

/** A toxic that knows bytes only. It strikes connections. */
interface ConnectionToxic<Attributes> {
  readonly summary: string;
  /** What a client sees of it. */
  readonly seenAs: string;
  /** How many bytes a link may hold for it. Default 64 KiB. */
  readonly heldMaxBytes?: number;
  readonly begin: (settings: Settings<Attributes>, rng: Rng) => Effect;
}

/** A toxic that knows HTTP/1.1. It strikes requests. */
interface RequestToxic<Attributes> {
  readonly summary: string;
  /** What a client sees of it. */
  readonly seenAs: string;
  readonly matches: (attributes: Attributes, request: HttpRequest) => boolean;
  readonly decide: (attributes: Attributes, rng: Rng) => HttpVerdict;
}

/** A toxic with its attributes, as a proxy holds it. */
export type Configured = {
  /** As JSON shows them. */
  readonly attributes: CommonAttributes;
  /** Takes new values for some attributes. Throws a `ZodError` and changes nothing when one is out of range. */
  update(given: object): void;
} & (
  | { readonly scope: 'connection'; readonly heldMaxBytes: number; begin(rng: Rng): Effect }
  | { readonly scope: 'request'; matches(request: HttpRequest): boolean; decide(rng: Rng): HttpVerdict }
);

/** One type of toxic. Each file of this folder but the two that help is one. */
export interface ToxicType {
  readonly summary: string;
  /** What a client sees of it. */
  readonly seenAs: string;
  readonly scope: Configured['scope'];
  readonly fields: Readonly<Record<string, z.ZodType>>;
  /** Throws a `ZodError` when an attribute is out of range. */
  configure(given: object): Configured;
}

export function connectionToxic<Attributes extends CommonAttributes>(
  schema: AttributeSchema<Attributes>,
  { summary, seenAs, heldMaxBytes = HELD_MAX_BYTES, begin }: ConnectionToxic<NoInfer<Attributes>>,
): ToxicType {
  return {
    summary,
    seenAs,
    scope: 'connection',
    fields: schema.shape,
    configure(given) {
      let attributes = schema.parse(given);
      const settings: Settings<Attributes> = {
        get attributes() {
          return attributes;
        },
      };
      return {
        scope: 'connection',
        heldMaxBytes,
        get attributes() {
          return attributes;
        },
        update: (changed) => {
          attributes = schema.parse({ ...attributes, ...changed });
        },
        begin: (rng) => begin(settings, rng),
      };
    },
  };
}

export function requestToxic<Attributes extends CommonAttributes>(
  schema: AttributeSchema<Attributes>,
  { summary, seenAs, matches, decide }: RequestToxic<NoInfer<Attributes>>,
): ToxicType {
  return {
    summary,
    seenAs,
    scope: 'request',
    fields: schema.shape,
    configure(given) {
      let attributes = schema.parse(given);
      return {
        scope: 'request',
        get attributes() {
          return attributes;
        },
        update: (changed) => {
          attributes = schema.parse({ ...attributes, ...changed });
        },
        matches: (request) => matches(attributes, request),
        decide: (rng) => decide(attributes, rng),
      };
    },
  };
}
