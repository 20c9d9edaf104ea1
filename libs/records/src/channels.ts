import { channel, type Channel } from 'node:diagnostics_channel';
import type {
  AddressRecord,
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
  /** One for each connection that is opened, and one when it is closed. */
  connection: new NamedChannel<ConnectionRecord>('pooler:connection'),
  /** One for each look at an idle connection, right before it would be lent, and one for each active probe. */
  probe: new NamedChannel<ProbeRecord>('pooler:probe'),
  /** One for each move of a breaker, after it has happened. */
  breaker: new NamedChannel<BreakerRecord>('pooler:breaker'),
  /** One for each change of an address's standing, of origins whose names have several. */
  address: new NamedChannel<AddressRecord>('pooler:address'),
  /** One for each fault that the client injects, as it begins to act. */
  fault: new NamedChannel<FaultRecord>('pooler:fault'),
  /** One for each response that was given up because nobody read it. */
  leak: new NamedChannel<LeakRecord>('pooler:leak'),
} as const;
