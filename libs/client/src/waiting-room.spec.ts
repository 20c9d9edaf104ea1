import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { FakeClock, settle } from '#libs/testing';
import { WaitingRoom } from './waiting-room.ts';
import { Watched } from './watch.spec-helper.ts';

describe('a wait', () => {
  it('ends when its time has come, and leaves no listener', async () => {
    const clock = new FakeClock(500);
    const { signal } = new AbortController();
    const wait = new Watched(new WaitingRoom(clock).wait(600, signal));
    await clock.advanceAsync(99);
    expect(wait.isPending).toBe(true);
    await clock.advanceAsync(1);
    expect(wait.isPending).toBe(false);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it.each<[string, (abort: AbortController, room: WaitingRoom) => void]>([
    ['the signal fires', (abort) => abort.abort()],
    ['the room is woken', (_abort, room) => room.wakeAll()],
    ['the room is closed', (_abort, room) => room.close()],
  ])('ends when %s, and leaves neither timer nor listener', async (_what, happen) => {
    const clock = new FakeClock();
    const room = new WaitingRoom(clock);
    const abort = new AbortController();
    const wait = new Watched(room.wait(100, abort.signal));
    happen(abort, room);
    await settle();
    expect(wait.isPending).toBe(false);
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('without an end sets no timer', async () => {
    const clock = new FakeClock();
    const room = new WaitingRoom(clock);
    const wait = new Watched(room.wait(Infinity, undefined));
    await settle();
    expect([wait.isPending, clock.pendingTimers]).toEqual([true, 0]);
    room.wakeAll();
    await settle();
    expect(wait.isPending).toBe(false);
  });

  it.each<[string, (room: WaitingRoom) => Promise<void>]>([
    ['in the past', async (room) => room.wait(0, undefined)],
    ['whose signal has fired', async (room) => room.wait(100, AbortSignal.abort())],
    [
      'in a closed room',
      async (room) => {
        room.close();
        await room.wait(100, undefined);
      },
    ],
  ])('%s is over at once', async (_what, waitIn) => {
    const wait = new Watched(waitIn(new WaitingRoom(new FakeClock())));
    await settle();
    expect(wait.isPending).toBe(false);
  });

  it('is woken in the order in which they came', async () => {
    const room = new WaitingRoom(new FakeClock());
    const woken: number[] = [];
    for (const id of [1, 2, 3]) void room.wait(100, undefined).then(() => woken.push(id));
    room.wakeAll();
    await settle();
    expect(woken).toEqual([1, 2, 3]);
  });
});
