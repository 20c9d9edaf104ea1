import { describe, expect, it } from 'vitest';
import { BugError } from './invariant.ts';
import { LinkedQueue, type Linked } from './linked-queue.ts';

class Node implements Linked<Node> {
  previous: Node | undefined = undefined;
  next: Node | undefined = undefined;
  queue: object | undefined = undefined;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

function queueOf(...nodes: Node[]): LinkedQueue<Node> {
  const queue = new LinkedQueue<Node>();
  for (const node of nodes) queue.push(node);
  return queue;
}

function names(queue: LinkedQueue<Node>): string {
  return Array.from(queue, ({ name }) => name).join('');
}

const abc = (): [Node, Node, Node] => [new Node('a'), new Node('b'), new Node('c')];

describe('a linked queue', () => {
  it('gives the oldest first', () => {
    const queue = queueOf(...abc());
    expect([queue.shift()?.name, queue.shift()?.name, queue.shift()?.name]).toEqual(['a', 'b', 'c']);
    expect(queue.shift()).toBeUndefined();
  });

  it.each([
    { place: 'front', leaver: 0, rest: 'bc', first: 'b', last: 'c' },
    { place: 'middle', leaver: 1, rest: 'ac', first: 'a', last: 'c' },
    { place: 'back', leaver: 2, rest: 'ab', first: 'a', last: 'b' },
  ])('closes up when a node leaves from the $place', ({ leaver, rest, first, last }) => {
    const nodes = abc();
    const queue = queueOf(...nodes);
    const node = nodes[leaver];
    expect(node && queue.remove(node)).toBe(true);
    expect(names(queue)).toBe(rest);
    expect([queue.length, queue.first?.name, queue.last?.name]).toEqual([2, first, last]);
    expect(node).toMatchObject({ previous: undefined, next: undefined, queue: undefined });
  });

  it('is empty at both ends when its only node has left, and takes it again', () => {
    const node = new Node('a');
    const queue = queueOf(node);
    queue.remove(node);
    expect([queue.length, queue.first, queue.last]).toEqual([0, undefined, undefined]);
    queue.push(node);
    expect(names(queue)).toBe('a');
  });

  it('does not remove a node that stands in another queue or in none', () => {
    const [a, b] = abc();
    const queue = queueOf(a);
    const other = queueOf(b);
    expect(queue.remove(b)).toBe(false);
    expect(queue.remove(new Node('x'))).toBe(false);
    expect([queue.length, other.length]).toEqual([1, 1]);
  });

  it('asserts that a node stands in one queue at a time', () => {
    const [a] = abc();
    queueOf(a);
    expect(() => queueOf(a)).toThrow(BugError);
  });

  it('may lose the node just given while it is read', () => {
    const queue = queueOf(...abc());
    const seen: string[] = [];
    for (const node of queue) {
      seen.push(node.name);
      queue.remove(node);
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(queue.length).toBe(0);
  });
});
