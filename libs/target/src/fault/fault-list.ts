import type { Rng } from '#libs/kernel';

import type { FaultOrder, Occurrence } from './fault-order.ts';

/** A fault that is installed, with what is left of its life. Plain JSON. */
export interface InstalledFault extends FaultOrder {
  /** Unique among those installed: its type, then `TYPE-2` and so on. */
  readonly id: string;
}

/** More at once nobody can keep apart. */
export const FAULTS_MAX = 32;

interface Entry {
  readonly fault: InstalledFault;
  readonly expiresAtMs: number;
  /** Requests that it was aimed at so far. */
  met: number;
}

/**
 * The faults of a target, in the order in which they were installed. Each ends by itself: nothing is asked of whoever
 * installed it, and no timer is needed.
 */
export class FaultList {
  #entries: Entry[] = [];

  /** Those that are in force, with what is left of their lives. */
  inForce(nowMs: number): InstalledFault[] {
    this.#expire(nowMs);
    return this.#entries.map(({ fault, expiresAtMs }) => ({ ...fault, ttlMs: expiresAtMs - nowMs }));
  }

  /** In place of the one with its id, if there is one. Returns `undefined` when there are `FAULTS_MAX` already. */
  install(order: FaultOrder, nowMs: number): InstalledFault | undefined {
    this.#expire(nowMs);
    const fault = { ...order, id: order.id ?? this.#freeId(order.type) };
    const index = this.#entries.findIndex((entry) => entry.fault.id === fault.id);
    if (index >= 0) {
      this.#entries[index] = entryOf(fault, nowMs);
      return fault;
    }
    if (this.#entries.length >= FAULTS_MAX) return undefined;
    this.#entries.push(entryOf(fault, nowMs));
    return fault;
  }

  /** Removes one, or all where no id is given. Returns how many. */
  remove(id: string | undefined, nowMs: number): number {
    this.#expire(nowMs);
    const before = this.#entries.length;
    this.#entries = id === undefined ? [] : this.#entries.filter(({ fault }) => fault.id !== id);
    return before - this.#entries.length;
  }

  /** Takes over what another list has in force. Faults that stay go on counting. */
  replace(faults: readonly InstalledFault[], nowMs: number): void {
    const known = new Map(this.#entries.map((entry) => [entry.fault.id, entry]));
    this.#entries = faults.map((fault) => ({ ...entryOf(fault, nowMs), met: known.get(fault.id)?.met ?? 0 }));
  }

  /** The first that strikes a request, if one does. */
  strike(method: string, path: string, nowMs: number, rng: Rng): InstalledFault | undefined {
    if (this.#entries.length === 0) return undefined;
    this.#expire(nowMs);
    for (const entry of this.#entries) {
      const { fault } = entry;
      if ((fault.method ?? method) !== method || (fault.path ?? path) !== path) continue;
      entry.met += 1;
      if (isStruck(fault.occurrence, entry.met, rng)) return fault;
    }
    return undefined;
  }

  #expire(nowMs: number): void {
    if (this.#entries.some(({ expiresAtMs }) => nowMs >= expiresAtMs)) {
      this.#entries = this.#entries.filter(({ expiresAtMs }) => nowMs < expiresAtMs);
    }
  }

  #freeId(type: string): string {
    const ids = new Set(this.#entries.map(({ fault }) => fault.id));
    let id = type;
    for (let count = 2; ids.has(id); count += 1) id = `${type}-${count}`;
    return id;
  }
}

function entryOf(fault: InstalledFault, nowMs: number): Entry {
  return { fault, expiresAtMs: nowMs + fault.ttlMs, met: 0 };
}

/** @param met the number of the request among those that the fault is aimed at, from 1 */
function isStruck(occurrence: Occurrence, met: number, rng: Rng): boolean {
  switch (occurrence.kind) {
    case 'chance':
      return rng.next() < occurrence.probability;
    case 'every':
      return met % occurrence.count === 0;
    case 'first':
      return met <= occurrence.count;
  }
}
