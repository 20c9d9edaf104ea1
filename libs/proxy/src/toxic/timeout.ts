import { z } from 'zod';
import { endNow, type Effect, type Step } from '../link/step.ts';
import { anyWhole, first } from './attributes.ts';
import { connectionToxic, type Settings } from './define-toxic.ts';

export const timeout = connectionToxic(
  z.object({
    timeout: anyWhole('ms', 'Closes the connection after this long without a byte; 0: never.'),
    first,
  }),
  {
    summary: 'Bytes vanish. When the toxic is removed, the connections that it has met are closed.',
    seenAs: 'the code of the limit that it outlasts, or `PLR_CLOSED_BY_PEER` when it closes',
    begin: (settings) => new Timeout(settings),
  },
);

class Timeout implements Effect {
  readonly #settings: Settings<{ readonly timeout: number }>;
  readonly losesBytes = true;
  alarmAtMs = Infinity;

  constructor(settings: Settings<{ readonly timeout: number }>) {
    this.#settings = settings;
  }

  onStart(nowMs: number): void {
    const { timeout } = this.#settings.attributes;
    this.alarmAtMs = timeout > 0 ? nowMs + timeout : Infinity;
  }

  onBytes(_bytes: Buffer, nowMs: number): readonly Step[] {
    // Each byte begins the wait anew, as with Toxiproxy.
    this.onStart(nowMs);
    return [];
  }

  onAlarm(nowMs: number): readonly Step[] {
    this.alarmAtMs = Infinity;
    return endNow('close', nowMs);
  }

  readonly onEnd = endNow;
}
