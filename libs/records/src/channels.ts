import { channel, type Channel } from 'node:diagnostics_channel';
import type {
  BreakerRecord,
  ConnectionRecord,
  FaultRecord,
  LeakRecord,
  ProbeRecord,
  RequestRecord,
} from './records.ts';

/** A channel that knows what goes over it. */
export interface RecordChannel<T> {
  readonly name: string;
  /** False when nobody listens: then nothing needs to be made. */
  readonly hasSubscribers: boolean;
  publish(record: T): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (record: T) => void): () => void;
}

class NamedChannel<T> implements RecordChannel<T> {
  readonly name: string;
  readonly #channel: Channel;

  constructor(name: string) {
    this.name = name;
    this.#channel = channel(name);
  }

  get hasSubscribers(): boolean {
    return this.#channel.hasSubscribers;
  }

  publish(record: T): void {
    this.#channel.publish(record);
  }

  subscribe(listener: (record: T) => void): () => void {
    const onMessage = (message: unknown): void => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the channel's name fixes what goes over it
      listener(message as T);
    };
    this.#channel.subscribe(onMessage);
    return () => {
      this.#channel.unsubscribe(onMessage);
    };
  }
}

/** Every channel that Pooler publishes on, through `node:diagnostics_channel`. */
export const channels = {
  /** One record for each logical request, at its end. */
  request: new NamedChannel<RequestRecord>('pooler:request'),
  connection: new NamedChannel<ConnectionRecord>('pooler:connection'),
  probe: new NamedChannel<ProbeRecord>('pooler:probe'),
  breaker: new NamedChannel<BreakerRecord>('pooler:breaker'),
  fault: new NamedChannel<FaultRecord>('pooler:fault'),
  leak: new NamedChannel<LeakRecord>('pooler:leak'),
} as const;
