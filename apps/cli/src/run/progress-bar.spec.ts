import { describe, expect, it } from 'vitest';
import { ProgressBar } from './progress-bar.ts';

describe('the progress bar', () => {
  it('draws over its own line', () => {
    const drawn: string[] = [];
    const bar = new ProgressBar((text) => drawn.push(text));
    bar.show(0, 0);
    bar.show(0.5, 500);
    bar.show(1, 1000);
    expect(drawn).toEqual([
      `\r[${'.'.repeat(30)}]   0% 0 requests\u001b[K`,
      `\r[${'#'.repeat(15)}${'.'.repeat(15)}]  50% 500 requests\u001b[K`,
      `\r[${'#'.repeat(30)}] 100% 1000 requests\u001b[K`,
    ]);
  });

  it('clears its line once, and only after it was shown', () => {
    const drawn: string[] = [];
    const bar = new ProgressBar((text) => drawn.push(text));
    bar.clear();
    expect(drawn).toEqual([]);
    bar.show(0, 0);
    bar.clear();
    bar.clear();
    expect(drawn.slice(1)).toEqual(['\r\u001b[K']);
  });
});
