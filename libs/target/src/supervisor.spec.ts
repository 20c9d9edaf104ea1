import { describe, expect, it } from 'vitest';

import { FakeClock, settle } from '#libs/testing';

import { parseFaultOrder } from './fault/fault-order.ts';
import { superviseSettings } from './options.ts';
import { Supervisor } from './supervisor.ts';
import type { ChildHandler } from './target-child.ts';

/** A supervisor on a fake clock over processes that do what the test says, and a log of all that it did. */
class Rehearsal {
  readonly clock = new FakeClock();
  readonly log: string[] = [];
  readonly supervisor: Supervisor;
  /** Whether processes confirm nothing. */
  isStandingStill = false;
  #handlers: ChildHandler[] = [];

  constructor() {
    const settings = superviseSettings({ port: 0, restartDelayMs: 100, drainTimeoutMs: 2_000 });
    this.supervisor = new Supervisor(
      settings,
      ({ port }, handler, faults) => {
        this.#handlers.push(handler);
        const pid = this.#handlers.length;
        const ids = faults.map(({ id }) => ` with ${id}`).join('');
        this.log.push(`${this.clock.nowMs()}: start ${pid} on port ${port}${ids}`);
        return {
          pid,
          kill: (signal) => this.log.push(`${this.clock.nowMs()}: ${signal} to ${pid}`),
          suffer: async (faults) => {
            this.log.push(`${this.clock.nowMs()}: ${pid} suffers ${faults.map(({ id }) => id).join(' ')}`);
            await (this.isStandingStill ? new Promise<never>(() => {}) : Promise.resolve());
          },
        };
      },
      {
        onListening: ({ port, pid }) => this.log.push(`${this.clock.nowMs()}: ${pid} listens on ${port}`),
        onDeath: ({ reason, restartInMs }) =>
          this.log.push(`${this.clock.nowMs()}: ${reason}, again in ${restartInMs}`),
      },
      this.clock,
    );
    this.supervisor.firstListening.catch((error: Error) => this.log.push(error.message));
    void this.supervisor.ended.then((end) => this.log.push(`ended: ${end.kind}`));
  }

  listens(pid: number): void {
    this.#handlers[pid - 1]?.onListening(4000);
  }

  dies(pid: number, signal: string | null = null): void {
    this.#handlers[pid - 1]?.onExit({ signal, reason: `${pid} died` });
  }

  /** A rehearsal whose first process listens. */
  static up(): Rehearsal {
    const rehearsal = new Rehearsal();
    rehearsal.listens(1);
    rehearsal.log.length = 0;
    return rehearsal;
  }
}

describe('a supervisor', () => {
  it('starts the target again on the port that the first start got', () => {
    const rehearsal = new Rehearsal();
    rehearsal.listens(1);
    rehearsal.clock.advance(5_000);
    rehearsal.dies(1);
    rehearsal.clock.advance(100);
    rehearsal.listens(2);
    expect(rehearsal.log).toEqual([
      '0: start 1 on port 0',
      '0: 1 listens on 4000',
      '5000: 1 died, again in 100',
      '5100: start 2 on port 4000',
      '5100: 2 listens on 4000',
    ]);
    expect(rehearsal.supervisor.state()).toEqual({ state: 'up', pid: 2, restarts: 1 });
  });

  it('is restarting while no target listens', () => {
    const rehearsal = Rehearsal.up();
    rehearsal.dies(1, 'SIGKILL');
    expect(rehearsal.supervisor.state()).toEqual({ state: 'restarting', pid: null, restarts: 0 });
    rehearsal.clock.advance(100);
    expect(rehearsal.supervisor.state()).toEqual({ state: 'restarting', pid: null, restarts: 1 });
  });

  it('does not try a first start twice', async () => {
    const rehearsal = new Rehearsal();
    rehearsal.dies(1);
    await settle();
    expect(rehearsal.log).toEqual(['0: start 1 on port 0', '1 died', 'ended: given-up']);
    expect(rehearsal.clock.pendingTimers).toBe(0);
  });

  it('gives up after five quick deaths in a row', async () => {
    const rehearsal = Rehearsal.up();
    for (let pid = 1; pid <= 5; pid += 1) {
      rehearsal.dies(pid);
      rehearsal.clock.advance(800);
    }
    expect(await rehearsal.supervisor.ended).toEqual({
      kind: 'given-up',
      reason: 'gave up after 5 quick deaths of the target in a row, the last: 5 died',
    });
    expect(rehearsal.log).toHaveLength(9);
    expect(rehearsal.clock.pendingTimers).toBe(0);
  });

  it('kills a target that does not listen within 10 s of its start', () => {
    const rehearsal = new Rehearsal();
    rehearsal.clock.advance(10_000);
    expect(rehearsal.log).toEqual(['0: start 1 on port 0', '10000: SIGKILL to 1']);
  });

  it('leaves a target that listens alone', () => {
    const rehearsal = Rehearsal.up();
    rehearsal.clock.advance(60_000);
    expect(rehearsal.log).toEqual([]);
  });
});

describe('an ordered crash', () => {
  it('keeps the target away for the outage, counted from the kill', () => {
    const rehearsal = Rehearsal.up();
    expect(rehearsal.supervisor.crash(500)).toEqual({ killedPid: 1, outageMs: 500 });
    rehearsal.clock.advance(20);
    rehearsal.dies(1, 'SIGKILL');
    rehearsal.clock.advance(480);
    expect(rehearsal.log).toEqual([
      '0: SIGKILL to 1',
      '20: 1 died, again in 480',
      '500: start 2 on port 4000',
    ]);
  });

  it('starts the target only when the killed one is gone', () => {
    const rehearsal = Rehearsal.up();
    rehearsal.supervisor.crash(0);
    rehearsal.clock.advance(30);
    expect(rehearsal.log).toEqual(['0: SIGKILL to 1']);
    rehearsal.dies(1, 'SIGKILL');
    rehearsal.clock.advance(0);
    expect(rehearsal.log.at(-1)).toBe('30: start 2 on port 4000');
  });

  it('lasts as long as the restart delay when it is not told', () => {
    expect(Rehearsal.up().supervisor.crash()).toEqual({ killedPid: 1, outageMs: 100 });
  });

  it('is refused while the target is not up', () => {
    const rehearsal = Rehearsal.up();
    rehearsal.supervisor.crash();
    expect(rehearsal.supervisor.crash()).toBeUndefined();
    rehearsal.dies(1, 'SIGKILL');
    expect(rehearsal.supervisor.crash()).toBeUndefined();
    rehearsal.clock.advance(100);
    expect(rehearsal.supervisor.crash()).toBeUndefined();
  });
});

describe('stopping', () => {
  it('lets the target drain and starts it no more', async () => {
    const rehearsal = Rehearsal.up();
    const stopped = rehearsal.supervisor.stop();
    rehearsal.dies(1);
    expect(await stopped).toEqual({ kind: 'stopped' });
    expect(rehearsal.log).toEqual(['0: SIGTERM to 1', 'ended: stopped']);
    expect(rehearsal.clock.pendingTimers).toBe(0);
  });

  it('kills a target that takes a second longer than it may drain', () => {
    const rehearsal = Rehearsal.up();
    void rehearsal.supervisor.stop();
    rehearsal.clock.advance(3_000);
    expect(rehearsal.log).toEqual(['0: SIGTERM to 1', '3000: SIGKILL to 1']);
  });

  it('may be asked for twice', () => {
    const rehearsal = Rehearsal.up();
    void rehearsal.supervisor.stop();
    void rehearsal.supervisor.stop();
    expect(rehearsal.log).toEqual(['0: SIGTERM to 1']);
  });

  it('ends the wait for a restart', async () => {
    const rehearsal = Rehearsal.up();
    rehearsal.dies(1);
    expect(await rehearsal.supervisor.stop()).toEqual({ kind: 'stopped' });
    expect(rehearsal.clock.pendingTimers).toBe(0);
  });

  it('ends a start too', async () => {
    const rehearsal = new Rehearsal();
    const stopped = rehearsal.supervisor.stop();
    rehearsal.listens(1);
    rehearsal.dies(1, 'SIGTERM');
    expect(await stopped).toEqual({ kind: 'stopped' });
    expect(rehearsal.log).toEqual([
      '0: start 1 on port 0',
      '0: SIGTERM to 1',
      'the target was stopped before it listened',
      'ended: stopped',
    ]);
  });
});

describe('the faults of a supervised target', () => {
  const ABORTS = parseFaultOrder('type=abort&ttl=10s');

  it('are told to the process at once, and are in force when that confirms', async () => {
    const rehearsal = Rehearsal.up();
    expect(await rehearsal.supervisor.installFault(ABORTS)).toMatchObject({ id: 'abort', ttlMs: 10_000 });
    expect(await rehearsal.supervisor.removeFaults('abort')).toBe(1);
    expect(await rehearsal.supervisor.removeFaults('abort')).toBe(0);
    expect(rehearsal.log).toEqual(['0: 1 suffers abort', '0: 1 suffers ']);
    expect(rehearsal.clock.pendingTimers).toBe(0);
  });

  it('outlive a restart, for as long as they live', async () => {
    const rehearsal = Rehearsal.up();
    rehearsal.dies(1, 'SIGKILL');
    await rehearsal.supervisor.installFault(ABORTS);
    rehearsal.clock.advance(100);
    expect(rehearsal.log.at(-1)).toBe('100: start 2 on port 4000 with abort');
    rehearsal.listens(2);
    rehearsal.clock.advance(10_000);
    rehearsal.dies(2, 'SIGKILL');
    rehearsal.clock.advance(100);
    expect(rehearsal.log.at(-1)).toBe('10200: start 3 on port 4000');
  });

  it('are not waited for longer than a process may stand still', async () => {
    const rehearsal = Rehearsal.up();
    rehearsal.isStandingStill = true;
    const installing = rehearsal.supervisor.installFault(ABORTS);
    await rehearsal.clock.advanceAsync(12_000);
    expect(await installing).toBe('unconfirmed');
    expect(rehearsal.supervisor.faults()).toEqual([]);
  });
});
