import type { Wire } from './wire.ts';

/** A wire that writes down what it is told. Bytes count as sent when `takesAll` is true, else when `send` is called. */
export class FakeWire implements Wire {
  /** `pause`, `resume`, `end` and the texts that were written, in their order. */
  readonly log: string[] = [];
  /** Whether it takes what is written at once. */
  takesAll = true;
  readonly #waiting: Array<() => void> = [];

  write(bytes: Buffer, whenSent?: () => void): boolean {
    this.log.push(bytes.toString());
    if (whenSent) this.#waiting.push(whenSent);
    return this.takesAll;
  }

  /** The system has taken the oldest write. */
  send(): void {
    this.#waiting.shift()?.();
  }

  /** The system takes all that is written, also what follows from it. */
  sendAll(): void {
    while (this.#waiting.length > 0) this.send();
  }

  end(): void {
    this.log.push('end');
  }

  pause(): void {
    this.log.push('pause');
  }

  resume(): void {
    this.log.push('resume');
  }
}
