import { z } from 'zod';
import { endNow, type Effect, type Step } from '../link/step.ts';
import { anyWhole, first } from './attributes.ts';
import { connectionToxic, type Settings } from './define-toxic.ts';

/** What is sent at once at most is what the rate allows in this time. */
const PIECE_MS = 100;

export const bandwidth = connectionToxic(
  z.object({
    rate: anyWhole('kB/s', 'Bytes per millisecond; 0 lets nothing through.'),
    first,
  }),
  {
    summary: 'Bytes go on at a limited rate.',
    seenAs: 'time, or the code of the limit that it outlasts',
    begin: (settings) => new Bandwidth(settings),
  },
);

class Bandwidth implements Effect {
  readonly #settings: Settings<{ readonly rate: number }>;
  /** When the line has sent all that it was given. */
  #freeAtMs = 0;

  constructor(settings: Settings<{ readonly rate: number }>) {
    this.#settings = settings;
  }

  onStart(nowMs: number): void {
    this.#freeAtMs = nowMs;
  }

  onBytes(bytes: Buffer, nowMs: number): readonly Step[] {
    const bytesPerMs = this.#settings.attributes.rate;
    if (bytesPerMs <= 0) return [{ kind: 'bytes', bytes, dueAtMs: Infinity }];
    const pieceBytes = bytesPerMs * PIECE_MS;
    const steps: Step[] = [];
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs);
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      const piece = bytes.subarray(from, from + pieceBytes);
      this.#freeAtMs += piece.length / bytesPerMs;
      steps.push({ kind: 'bytes', bytes: piece, dueAtMs: this.#freeAtMs });
    }
    return steps;
  }

  readonly onEnd = endNow;
}
