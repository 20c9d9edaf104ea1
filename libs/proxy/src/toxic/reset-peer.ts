import { z } from 'zod';
import type { Effect, Step } from '../link/step.ts';
import { anyWhole, first } from './attributes.ts';
import { connectionToxic, type Settings } from './define-toxic.ts';

export const resetPeer = connectionToxic(
  z.object({ timeout: anyWhole('ms', 'How long after the first byte, or the end.'), first }),
  {
    summary: 'The first bytes vanish and the connection is reset (RST) at both ends.',
    seenAs: '`PLR_RESET`',
    begin: (settings) => new ResetPeer(settings),
  },
);

class ResetPeer implements Effect {
  readonly #settings: Settings<{ readonly timeout: number }>;
  #isUnderWay = false;

  constructor(settings: Settings<{ readonly timeout: number }>) {
    this.#settings = settings;
  }

  onBytes(_bytes: Buffer, nowMs: number): readonly Step[] {
    return this.#reset(nowMs);
  }

  onEnd(_ending: unknown, nowMs: number): readonly Step[] {
    return this.#reset(nowMs);
  }

  #reset(nowMs: number): readonly Step[] {
    if (this.#isUnderWay) return [];
    this.#isUnderWay = true;
    const dueAtMs = nowMs + Math.max(0, this.#settings.attributes.timeout);
    return [{ kind: 'end', ending: 'reset', dueAtMs }];
  }
}
