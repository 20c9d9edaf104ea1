import { FakeClock } from '#libs/testing';
import { FakeWire } from './fake-wire.spec-helper.ts';
import { HELD_MAX_BYTES, Link } from './link.ts';
import type { Effect } from './step.ts';

/** A link between two fake wires on a fake clock. */
export class LinkBench {
  readonly clock = new FakeClock();
  readonly source = new FakeWire();
  readonly destination = new FakeWire();
  /** `close` and `reset` of the whole connection, and answers for the other direction. */
  readonly asked: string[] = [];
  readonly link: Link;

  constructor(...effects: readonly Effect[]) {
    this.link = new Link(this.clock, this.source, this.destination, {
      onReceived: () => {},
      onSent: () => {},
      onEnding: (ending) => this.asked.push(ending),
      onAnswer: (bytes) => this.asked.push(`answer ${bytes.toString()}`),
    });
    for (const effect of effects) this.link.add({ effect, heldMaxBytes: HELD_MAX_BYTES });
  }

  /** Bytes come from the source, and the destination takes all that follows at once. */
  receive(text: string): void {
    this.link.onBytes(Buffer.from(text));
    this.destination.sendAll();
  }

  /** Time passes, and the destination takes all that comes of it. */
  advance(ms: number): void {
    // In steps of a millisecond: what was sent makes room for what is due meanwhile.
    for (let passedMs = 0; passedMs < ms; passedMs += 1) {
      this.clock.advance(1);
      this.destination.sendAll();
    }
  }

  /** What the destination got and what befell the connection, since the last look. */
  takeLog(): readonly string[] {
    return [...this.destination.log.splice(0), ...this.asked.splice(0)];
  }
}
