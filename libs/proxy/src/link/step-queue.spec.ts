import { describe, expect, it } from 'vitest';
import { StepQueue } from './step-queue.ts';

const bytesAt = (dueAtMs: number) => ({ kind: 'bytes', bytes: Buffer.alloc(10), dueAtMs }) as const;

describe('a queue of steps', () => {
  it('gives them back in order, however many there are', () => {
    const queue = new StepQueue();
    const count = 5_000;
    for (let i = 0; i < count; i += 1) queue.push(bytesAt(i));
    const dues = Array.from({ length: count }, () => queue.shift()?.dueAtMs);
    expect(dues).toEqual(Array.from({ length: count }, (_, index) => index));
    expect(queue.shift()).toBeUndefined();
  });

  it('lets none be due before the one in front of it', () => {
    const queue = new StepQueue();
    queue.push(bytesAt(20));
    queue.push(bytesAt(10));
    queue.shift();
    expect(queue.dueAtMs).toBe(20);
  });

  it('weighs what it holds, and nothing when it is empty', () => {
    const queue = new StepQueue();
    queue.push(bytesAt(0));
    queue.push({ kind: 'end', ending: 'fin', dueAtMs: 0 });
    expect(queue.heldBytes).toBe(10 + 2 * 256);
    queue.shift();
    queue.shift();
    expect([queue.heldBytes, queue.length, queue.dueAtMs]).toEqual([0, 0, Infinity]);
  });
});
