import { invariant } from './invariant.ts';

/**
 * What can stand in a `LinkedQueue`: it carries its own links, so that joining and leaving allocate nothing and leaving
 * from the middle is O(1). Made for waiters that come and go by the thousand.
 */
export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
  /** The queue it stands in. Written by the queue alone. */
  queue: object | undefined;
}

/** A first-in, first-out queue of nodes that link to each other. A node stands in one queue at a time. */
export class LinkedQueue<T extends Linked<T>> implements Iterable<T> {
  #first: T | undefined;
  #last: T | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): T | undefined {
    return this.#first;
  }

  get last(): T | undefined {
    return this.#last;
  }

  push(node: T): void {
    invariant(node.queue === undefined, 'a node joined a second queue');
    node.queue = this;
    node.previous = this.#last;
    if (this.#last) this.#last.next = node;
    else this.#first = node;
    this.#last = node;
    this.#length += 1;
  }

  /** Takes the oldest out. */
  shift(): T | undefined {
    const node = this.#first;
    if (node) this.remove(node);
    return node;
  }

  /** Takes `node` out, wherever it stands. Returns false when it does not stand in this queue. */
  remove(node: T): boolean {
    if (node.queue !== this) return false;
    if (node.previous) node.previous.next = node.next;
    else this.#first = node.next;
    if (node.next) node.next.previous = node.previous;
    else this.#last = node.previous;
    node.previous = undefined;
    node.next = undefined;
    node.queue = undefined;
    this.#length -= 1;
    return true;
  }

  /** From the oldest to the newest. The node just given may leave the queue meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    let node = this.#first;
    while (node) {
      const { next } = node;
      yield node;
      node = next;
    }
  }
}
