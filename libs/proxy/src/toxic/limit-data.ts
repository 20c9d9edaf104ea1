import { z } from 'zod';
import { endNow, type Effect, type Step } from '../link/step.ts';
import { anyWhole, first } from './attributes.ts';
import { connectionToxic, type Settings } from './define-toxic.ts';

export const limitData = connectionToxic(
  z.object({ bytes: anyWhole('bytes', 'How many bytes of a connection go on.'), first }),
  {
    summary: 'The connection is closed when so many bytes have gone on; what is beyond them vanishes.',
    seenAs: '`PLR_CLOSED_BY_PEER`',
    begin: (settings) => new LimitData(settings),
  },
);

class LimitData implements Effect {
  readonly #settings: Settings<{ readonly bytes: number }>;
  #passedBytes = 0;
  #isClosing = false;

  constructor(settings: Settings<{ readonly bytes: number }>) {
    this.#settings = settings;
  }

  onBytes(bytes: Buffer, nowMs: number): readonly Step[] {
    if (this.#isClosing) return [];
    const room = Math.max(0, this.#settings.attributes.bytes - this.#passedBytes);
    const passed = bytes.subarray(0, room);
    this.#passedBytes += passed.length;
    const steps: Step[] = passed.length > 0 ? [{ kind: 'bytes', bytes: passed, dueAtMs: nowMs }] : [];
    if (passed.length < room) return steps;
    this.#isClosing = true;
    return [...steps, ...endNow('close', nowMs)];
  }

  readonly onEnd = endNow;
}
