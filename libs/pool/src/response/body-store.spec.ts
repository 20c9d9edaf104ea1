import { Buffer } from 'node:buffer';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { BodyStore } from './body-store.ts';

/** Appends a text that lies somewhere in a shared buffer, which is used for something else afterwards. */
function append(store: BodyStore, text: string): void {
  const shared = Buffer.from(`<${text}>`);
  store.append(shared, 1, 1 + text.length);
  shared.fill('!');
}

describe.each([
  ['of announced length', 6],
  ['of unknown length', undefined],
  ['of a length too large to believe', 1024 * 1024 + 1],
])('the store of a body %s', (_what, contentLength) => {
  it('keeps copies, in their order', () => {
    const store = new BodyStore(contentLength);
    append(store, 'abc');
    append(store, 'def');
    expect(store.length).toBe(6);
    expect(store.take().toString()).toBe('abcdef');
  });

  it('is empty when its bytes were taken, and takes more', () => {
    const store = new BodyStore(contentLength);
    append(store, 'abc');
    const taken = store.take();
    expect(store.length).toBe(0);
    append(store, 'def');
    expect(store.take().toString()).toBe('def');
    expect(taken.toString()).toBe('abc');
  });

  it('gives nothing when nothing came', () => {
    expect(new BodyStore(contentLength).take()).toHaveLength(0);
  });
});

it('takes no memory for an announcement alone, and all of it at once with the first bytes', () => {
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
  onTestFinished(() => allocate.mockRestore());
  const store = new BodyStore(65_536);
  expect(allocate).not.toHaveBeenCalled();
  append(store, 'abc');
  append(store, 'def');
  expect(allocate.mock.calls).toEqual([[65_536]]);
});

it('takes no more than what comes for a length too large to believe', () => {
  const store = new BodyStore(Number.MAX_SAFE_INTEGER);
  append(store, 'abc');
  expect(store.take()).toHaveLength(3);
});
