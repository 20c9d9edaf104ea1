import { Alarm, type Clock } from '#libs/kernel';
import { StepQueue } from './step-queue.ts';
import type { Effect, Ending, Step } from './step.ts';
import type { Wire } from './wire.ts';

/** How many bytes a link may hold for a toxic that does not ask for more. */
export const HELD_MAX_BYTES = 64 * 1024;

/** The same for one that delays: a second at 4 MB/s. */
export const DELAYED_MAX_BYTES = 4 * 1024 * 1024;

/** Hears what a link cannot do alone. */
export interface LinkOwner {
  /** Bytes that the source has sent. */
  onReceived(count: number): void;
  /** Bytes that were given to the destination. */
  onSent(count: number): void;
  /** The direction ends in a way that concerns both ends. */
  onEnding(ending: 'close' | 'reset'): void;
  /** Bytes for the other direction. */
  onAnswer(bytes: Buffer): void;
}

/** An effect, and how many bytes the link may hold for it. */
export interface Station {
  readonly effect: Effect;
  readonly heldMaxBytes: number;
}

/** An effect in its place, with the steps that it wants later. */
interface Slot extends Station {
  readonly held: StepQueue;
}

/**
 * One direction of a proxied connection: from a source through the effects of its toxics to a destination. Without
 * effects bytes pass straight through. It holds a bounded amount, then it pauses the source.
 */
export class Link {
  readonly #clock: Clock;
  readonly #source: Wire;
  readonly #destination: Wire;
  readonly #owner: LinkOwner;
  readonly #alarm: Alarm;
  readonly #slots: Slot[] = [];
  /** Steps behind the last effect that wait for the destination. */
  readonly #output = new StepQueue();
  readonly #whenSent = (): void => {
    this.onDrain();
  };
  #isBlocked = false;
  #isPaused = false;
  /** `open` takes bytes; `ending` has the end of its source under way; `finished` has let it out; `gone` does nothing. */
  #state: 'open' | 'ending' | 'finished' | 'gone' = 'open';

  constructor(clock: Clock, source: Wire, destination: Wire, owner: LinkOwner) {
    this.#clock = clock;
    this.#source = source;
    this.#destination = destination;
    this.#owner = owner;
    this.#alarm = new Alarm(clock, () => {
      this.#run();
      return Infinity;
    });
  }

  /** Bytes that came from the source. */
  onBytes(bytes: Buffer): void {
    this.#owner.onReceived(bytes.length);
    if (this.#state !== 'open') return;
    if (this.#slots.length === 0 && this.#output.length === 0) {
      this.#owner.onSent(bytes.length);
      if (!this.#destination.write(bytes)) this.#block();
      return;
    }
    this.#enter(0, { kind: 'bytes', bytes, dueAtMs: 0 });
    this.#run();
  }

  /** The source has ended, or is gone. Its end takes its turn behind its bytes. */
  onEnd(ending: Ending): void {
    if (this.#state === 'finished') {
      // Its FIN is out: nothing is left that the end of the connection would have to wait for.
      if (ending !== 'fin') this.#owner.onEnding(ending);
    } else if (this.#state === 'open' || (this.#state === 'ending' && ending !== 'fin')) {
      this.#state = 'ending';
      this.#enter(0, { kind: 'end', ending, dueAtMs: 0 });
      this.#run();
    }
  }

  /** The destination wants more. */
  onDrain(): void {
    this.#isBlocked = false;
    this.#run();
  }

  /** Lets bytes in behind the first effect, as if the source had sent them. */
  inject(bytes: Buffer): void {
    this.#enter(1, { kind: 'bytes', bytes, dueAtMs: 0 });
    this.#run();
  }

  /** Adds an effect behind the others. */
  add(station: Station): void {
    this.#start(this.#slots.push({ ...station, held: new StepQueue() }) - 1);
  }

  /** Adds an effect before the others. */
  addFirst(station: Station): void {
    this.#slots.unshift({ ...station, held: new StepQueue() });
    this.#start(0);
  }

  /** The attributes behind an effect have changed: what it held goes on at once, the next is decided anew. */
  restart(effect: Effect): void {
    const index = this.#indexOf(effect);
    if (index === -1) return;
    this.#flush(index);
    this.#start(index);
  }

  /** Takes an effect away: what it held goes on at once. */
  remove(effect: Effect): void {
    const index = this.#indexOf(effect);
    if (index === -1) return;
    this.#flush(index);
    if (effect.losesBytes) this.#enter(index + 1, { kind: 'end', ending: 'close', dueAtMs: 0 });
    this.#slots.splice(index, 1);
    this.#run();
  }

  /** The connection is gone: forgets everything. */
  destroy(): void {
    this.#state = 'gone';
    this.#alarm.stop();
    this.#slots.length = 0;
    this.#output.clear();
  }

  #indexOf(effect: Effect): number {
    return this.#slots.findIndex((slot) => slot.effect === effect);
  }

  #start(index: number): void {
    this.#slots[index]?.effect.onStart?.(this.#clock.nowMs());
    this.#run();
  }

  /** Brings a step before the effect at `index`, or out when there is none. */
  #enter(index: number, step: Step): void {
    const slot = this.#slots[index];
    if (step.kind === 'answer') this.#owner.onAnswer(step.bytes);
    else if (!slot) this.#output.push(step);
    else {
      const { effect, held } = slot;
      const nowMs = this.#clock.nowMs();
      const steps =
        step.kind === 'bytes' ? effect.onBytes(step.bytes, nowMs) : effect.onEnd(step.ending, nowMs);
      for (const next of steps) held.push(next);
    }
  }

  #flush(index: number): void {
    const held = this.#slots[index]?.held;
    for (let step = held?.shift(); step; step = held?.shift()) this.#enter(index + 1, step);
  }

  /** Moves all that is due, gives the destination what it takes, and sees to the source and the alarm. */
  #run(): void {
    if (this.#state === 'gone') return;
    const nowMs = this.#clock.nowMs();
    this.#write();
    for (let index = 0; index < this.#slots.length; index += 1) this.#runSlot(index, nowMs);
    this.#regulate();
    this.#alarm.wakeBy(this.#nextDueMs());
  }

  #runSlot(index: number, nowMs: number): void {
    const slot = this.#slots[index];
    if (!slot) return;
    const { effect, held } = slot;
    if ((effect.alarmAtMs ?? Infinity) <= nowMs) {
      for (const step of effect.onAlarm?.(nowMs) ?? []) held.push(step);
    }
    while (!this.#isBlocked && held.dueAtMs <= nowMs) {
      const step = held.shift();
      if (step) this.#enter(index + 1, step);
      if (index === this.#slots.length - 1) this.#write();
    }
  }

  #write(): void {
    while (!this.#isBlocked && this.#output.length > 0) {
      const step = this.#output.shift();
      // Behind an end there is nothing to say; an answer may come too late for it.
      if (this.#state === 'finished') continue;
      if (step?.kind === 'bytes') {
        this.#owner.onSent(step.bytes.length);
        // One at a time: Node would join what waits together into one write, and a slicer's pieces with it.
        this.#block();
        this.#destination.write(step.bytes, this.#whenSent);
      } else if (step?.kind === 'end') this.#end(step.ending);
    }
  }

  #end(ending: Ending): void {
    this.#state = 'finished';
    if (ending === 'fin') this.#destination.end();
    else this.#owner.onEnding(ending);
  }

  #block(): void {
    this.#isBlocked = true;
    this.#regulate();
  }

  #regulate(): void {
    let maxBytes = 0;
    let heldBytes = this.#output.heldBytes;
    for (const slot of this.#slots) {
      maxBytes = Math.max(maxBytes, slot.heldMaxBytes);
      heldBytes += slot.held.heldBytes;
    }
    const shallPause = maxBytes === 0 ? this.#isBlocked : heldBytes >= maxBytes;
    if (shallPause === this.#isPaused) return;
    this.#isPaused = shallPause;
    if (shallPause) this.#source.pause();
    else this.#source.resume();
  }

  /** When time alone can change something. While the destination takes nothing, held steps wait for it, not for time. */
  #nextDueMs(): number {
    let nextMs = Infinity;
    for (const { effect, held } of this.#slots) {
      nextMs = Math.min(nextMs, effect.alarmAtMs ?? Infinity, this.#isBlocked ? Infinity : held.dueAtMs);
    }
    return nextMs;
  }
}
