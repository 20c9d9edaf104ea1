import { z } from 'zod';
import type { Rng } from '#libs/kernel';
import { endNow, type Step } from '../link/step.ts';
import { anyWhole, first } from './attributes.ts';
import { connectionToxic } from './define-toxic.ts';

export const slicer = connectionToxic(
  z.object({
    average_size: anyWhole('bytes', 'How long a piece is on average; below 1 counts as 1.'),
    size_variation: anyWhole('bytes', 'How much it varies; kept below the average.'),
    delay: anyWhole('µs', 'How long after one piece the next goes on.'),
    first,
  }),
  {
    summary: 'Bytes go on in small pieces.',
    seenAs: 'time, or the code of the limit that it outlasts',
    begin: (settings, rng) => ({
      onBytes(bytes, nowMs) {
        const { average_size: averageSize, size_variation: sizeVariation, delay } = settings.attributes;
        const delayMs = Math.max(0, delay) / 1_000;
        const steps: Step[] = [];
        let from = 0;
        for (const to of cuts(bytes.length, { averageSize, sizeVariation }, rng)) {
          steps.push({
            kind: 'bytes',
            bytes: bytes.subarray(from, to),
            dueAtMs: nowMs + delayMs * steps.length,
          });
          from = to;
        }
        return steps;
      },
      onEnd: endNow,
    }),
  },
);

/**
 * Where the pieces of `length` bytes end. Halves again and again, off the middle by a draw, so that no piece is odd only
 * for standing first or last.
 */
export function cuts(
  length: number,
  { averageSize, sizeVariation }: { averageSize: number; sizeVariation: number },
  rng: Rng,
): readonly number[] {
  const average = Math.max(1, averageSize);
  const variation = Math.min(Math.max(0, sizeVariation), average - 1);
  const ends: number[] = [];
  const halve = (from: number, to: number): void => {
    const size = to - from;
    if (size - average <= variation) {
      ends.push(to);
      return;
    }
    const off = variation > 0 ? Math.floor(rng.next() * variation * 2) - variation : 0;
    // A piece has a byte at least, whatever the draw.
    const middle = Math.min(to - 1, Math.max(from + 1, from + (size >> 1) + off));
    halve(from, middle);
    halve(middle, to);
  };
  if (length > 0) halve(0, length);
  return ends;
}
