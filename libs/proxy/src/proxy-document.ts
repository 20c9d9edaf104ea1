import type { Direction, ToxicDocument } from './toxic.ts';

/** A proxy as JSON shows it, in Toxiproxy's form. */
export interface ProxyDocument {
  readonly name: string;
  /** Where it listens; as it was given as long as it never has. */
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly toxics: readonly ToxicDocument[];
  /** How long it is down for, in ms, as it was given; left out where that has no end. Ours, which Toxiproxy does not know. */
  readonly ttl?: number | undefined;
}

/** What a proxy is to be. */
export interface ProxySpec {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
}

/** What a proxy counts. */
export interface ProxyTally {
  readonly connections: number;
  readonly openConnections: number;
  readonly failedDials: number;
  readonly requests: number;
  readonly receivedBytes: Readonly<Record<Direction, number>>;
  readonly sentBytes: Readonly<Record<Direction, number>>;
}
