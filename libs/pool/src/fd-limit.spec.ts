import { describe, expect, it } from 'vitest';
import { checkFitsFdLimit } from './fd-limit.ts';

describe('the limit of open files', () => {
  it('leaves 64 descriptors for everything else', () => {
    expect(() => checkFitsFdLimit('maxConnections', 960, 1_024)).not.toThrow();
  });

  it('refuses connections beyond it, and says why', () => {
    expect(() => checkFitsFdLimit('maxConnections', 961, 1_024)).toThrow(
      'maxConnections must be at most 960 here (RLIMIT_NOFILE is 1024, 64 are kept for other files), got 961',
    );
  });
});
