import type { Clock, Timer } from '#libs/kernel';

import { FaultList, type InstalledFault } from './fault/fault-list.ts';
import type { FaultOrder } from './fault/fault-order.ts';
import { StartError } from './listen.ts';
import type { SuperviseSettings, TargetSettings } from './options.ts';
import { afterDeath } from './restart-policy.ts';
import type { ChildExit, ChildHandler, StartChild, TargetChild } from './target-child.ts';

/** What `GET /state` of the control server says. */
export interface SupervisorState {
  readonly state: 'up' | 'restarting';
  /** The target's process while it is up. */
  readonly pid: number | null;
  /** Starts after the first. */
  readonly restarts: number;
}

/** An ordered crash that has begun. */
export interface Crash {
  readonly killedPid: number | undefined;
  /** From the kill to the next start, in ms. */
  readonly outageMs: number;
}

/** How supervision ended. */
export type SupervisorEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'given-up'; readonly reason: string };

/** Hears what befalls the target, for people to read. */
export interface SupervisorListener {
  onListening(listening: { readonly port: number; readonly pid: number | undefined }): void;
  onDeath(death: { readonly reason: string; readonly restartInMs: number }): void;
}

/**
 * The life of the supervised process. Each state carries the process that it is about, so that news of an older one
 * is known as such and dropped.
 */
type Life =
  | {
      readonly kind: 'starting';
      readonly child: TargetChild;
      readonly quickDeaths: number;
      readonly deadline: Timer;
    }
  | {
      readonly kind: 'up';
      readonly child: TargetChild;
      readonly quickDeaths: number;
      readonly sinceMs: number;
    }
  | { readonly kind: 'crashing'; readonly child: TargetChild; readonly restartAtMs: number }
  | { readonly kind: 'waiting'; readonly timer: Timer }
  | { readonly kind: 'stopping'; readonly child: TargetChild; readonly deadline: Timer }
  | { readonly kind: 'ended' };

/** A process that does not listen by then is stuck, in ms. */
const START_TIMEOUT_MS = 10_000;

/** How long a process may take to say that it has its faults: longer than the longest pause, in ms. */
const CONFIRM_TIMEOUT_MS = 12_000;

/** What a process may take to end beyond the time that it may take to drain, in ms. */
const STOP_MARGIN_MS = 1_000;

/** Keeps one target process alive on one port. Knows processes and time only by the seams it is given. */
export class Supervisor {
  readonly #restartDelayMs: number;
  readonly #startChild: StartChild;
  readonly #listener: SupervisorListener;
  readonly #clock: Clock;
  readonly #firstListening = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<SupervisorEnd>();
  readonly #faults = new FaultList();
  #target: TargetSettings;
  #starts = 0;
  #life: Life;

  /** Starts the first process at once. */
  constructor(
    settings: SuperviseSettings,
    startChild: StartChild,
    listener: SupervisorListener,
    clock: Clock,
  ) {
    this.#restartDelayMs = settings.restartDelayMs;
    this.#startChild = startChild;
    this.#listener = listener;
    this.#clock = clock;
    this.#target = settings.target;
    this.#life = this.#start(0);
  }

  /** Resolves when the target listens for the first time; rejects with a `StartError` when it never does. */
  get firstListening(): Promise<void> {
    return this.#firstListening.promise;
  }

  /** Resolves when no process is left and none will be started. */
  get ended(): Promise<SupervisorEnd> {
    return this.#ended.promise;
  }

  /** The target's port; 0 until it is known. */
  get port(): number {
    return this.#target.port;
  }

  state(): SupervisorState {
    const life = this.#life;
    const restarts = this.#starts - 1;
    if (life.kind === 'up') return { state: 'up', pid: life.child.pid ?? null, restarts };
    return { state: 'restarting', pid: null, restarts };
  }

  /**
   * Kills the target with SIGKILL and starts it again after `outageMs` (>= 0, default: the restart delay).
   * Returns `undefined` and does nothing when the target is not up.
   */
  crash(outageMs: number = this.#restartDelayMs): Crash | undefined {
    const life = this.#life;
    if (life.kind !== 'up') return undefined;
    this.#life = { kind: 'crashing', child: life.child, restartAtMs: this.#clock.nowMs() + outageMs };
    life.child.kill('SIGKILL');
    return { killedPid: life.child.pid, outageMs };
  }

  /** What the target suffers now, each with what is left of its life. */
  faults(): InstalledFault[] {
    return this.#faults.inForce(this.#clock.nowMs());
  }

  /**
   * Gives the target a fault, which ends with its time to live and outlives restarts. Resolves when the target has it, or
   * will have it from its start on.
   */
  async installFault(order: FaultOrder): Promise<InstalledFault | 'too-many' | 'unconfirmed'> {
    const fault = this.#faults.install(order, this.#clock.nowMs());
    if (!fault) return 'too-many';
    return (await this.#tellFaults()) ? fault : 'unconfirmed';
  }

  /** Removes a fault, or all of them. Resolves with their number when the target has them no more. */
  async removeFaults(id?: string): Promise<number | 'unconfirmed'> {
    const removed = this.#faults.remove(id, this.#clock.nowMs());
    return removed === 0 || (await this.#tellFaults()) ? removed : 'unconfirmed';
  }

  /** False where the target did not confirm in time: it may stand still by one of its faults. */
  async #tellFaults(): Promise<boolean> {
    const life = this.#life;
    // Whoever is not there any more, or not yet, gets them at its start.
    if (life.kind !== 'up' && life.kind !== 'starting') return true;
    const { promise: isLate, resolve } = Promise.withResolvers<false>();
    const timer = this.#clock.setTimer(() => resolve(false), CONFIRM_TIMEOUT_MS);
    const confirmed = life.child.suffer(this.faults()).then(() => true);
    const isConfirmed = await Promise.race([confirmed, isLate]);
    timer.cancel();
    return isConfirmed;
  }

  /** Lets the target drain and starts it no more. Kills it when it takes longer than it may. */
  stop(): Promise<SupervisorEnd> {
    const life = this.#life;
    switch (life.kind) {
      case 'starting':
        life.deadline.cancel();
        this.#stopChild(life.child);
        break;
      case 'up':
      case 'crashing':
        this.#stopChild(life.child);
        break;
      case 'waiting':
        life.timer.cancel();
        this.#end({ kind: 'stopped' });
        break;
      case 'stopping':
      case 'ended':
        break;
    }
    return this.ended;
  }

  #start(quickDeaths: number): Life {
    this.#starts += 1;
    const handler: ChildHandler = {
      onListening: (port) => {
        this.#onListening(child, port);
      },
      onExit: (exit) => {
        this.#onExit(child, exit);
      },
    };
    const child = this.#startChild(this.#target, handler, this.faults());
    return { kind: 'starting', child, quickDeaths, deadline: this.#killAfter(child, START_TIMEOUT_MS) };
  }

  #onListening(child: TargetChild, port: number): void {
    const life = this.#life;
    if (life.kind !== 'starting' || life.child !== child) return;
    life.deadline.cancel();
    this.#life = { kind: 'up', child, quickDeaths: life.quickDeaths, sinceMs: this.#clock.nowMs() };
    // A port that the system chose stays the target's port for good.
    this.#target = { ...this.#target, port };
    this.#firstListening.resolve();
    this.#listener.onListening({ port, pid: child.pid });
  }

  #onExit(child: TargetChild, exit: ChildExit): void {
    const life = this.#life;
    if (!('child' in life) || life.child !== child) return;
    switch (life.kind) {
      case 'starting':
        life.deadline.cancel();
        if (this.#starts === 1) this.#end({ kind: 'given-up', reason: exit.reason });
        else this.#onDeath(exit, undefined, life.quickDeaths);
        break;
      case 'up':
        this.#onDeath(exit, this.#clock.nowMs() - life.sinceMs, life.quickDeaths);
        break;
      case 'crashing':
        this.#restartIn(Math.max(0, life.restartAtMs - this.#clock.nowMs()), 0, exit.reason);
        break;
      case 'stopping':
        life.deadline.cancel();
        this.#end({ kind: 'stopped' });
        break;
    }
  }

  #onDeath({ signal, reason }: ChildExit, upForMs: number | undefined, quickDeaths: number): void {
    const next = afterDeath({ upForMs, signal }, quickDeaths, this.#restartDelayMs);
    if (next.kind === 'restart') this.#restartIn(next.delayMs, next.quickDeaths, reason);
    else {
      const sentence = `gave up after ${next.quickDeaths} quick deaths of the target in a row, the last: ${reason}`;
      this.#end({ kind: 'given-up', reason: sentence });
    }
  }

  #restartIn(delayMs: number, quickDeaths: number, reason: string): void {
    const timer = this.#clock.setTimer(() => {
      this.#life = this.#start(quickDeaths);
    }, delayMs);
    this.#life = { kind: 'waiting', timer };
    this.#listener.onDeath({ reason, restartInMs: delayMs });
  }

  #stopChild(child: TargetChild): void {
    const deadline = this.#killAfter(child, this.#target.drainTimeoutMs + STOP_MARGIN_MS);
    this.#life = { kind: 'stopping', child, deadline };
    child.kill('SIGTERM');
  }

  #killAfter(child: TargetChild, delayMs: number): Timer {
    return this.#clock.setTimer(() => {
      child.kill('SIGKILL');
    }, delayMs);
  }

  #end(end: SupervisorEnd): void {
    this.#life = { kind: 'ended' };
    const why = end.kind === 'given-up' ? end.reason : 'the target was stopped before it listened';
    this.#firstListening.reject(new StartError(why));
    this.#ended.resolve(end);
  }
}
