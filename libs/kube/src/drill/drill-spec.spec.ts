import { describe, expect, it } from 'vitest';

import { type DrillSpec, checkDrillSpec } from './drill-spec.ts';

const DRILL: DrillSpec = { namespace: 'demo', selector: { app: 'web' }, mode: 'one', action: 'evict' };

describe('a drill is refused', () => {
  it.each<[object, string]>([
    [{ namespace: 'Not_A_Name' }, 'drill.namespace must be the name of a namespace, got "Not_A_Name"'],
    [{ selector: {} }, 'drill.selector must be at least one label'],
    [{ mode: 'fixd', value: 1 }, 'drill.mode must be one of one, all, fixed,'],
    [{ mode: 'fixd', value: 1 }, 'did you mean fixed?'],
    [{ action: 'kill' }, 'drill.action must be one of evict, delete'],
    [{ mode: 'fixed' }, 'drill.value must be a whole number from 1 to 1000, got undefined'],
    [{ mode: 'fixed-percent', value: 101 }, 'drill.value must be a whole number from 1 to 100, got 101'],
    [{ value: 2 }, 'drill.value must be absent in mode one, got 2'],
    [{ graceSeconds: -1 }, 'drill.graceSeconds must be a whole number from 0 to 3600, got -1'],
  ])('with %o', (differing, message) => {
    expect(() => {
      checkDrillSpec({ ...DRILL, ...differing });
    }).toThrow(message);
  });

  it('only with a reason', () => {
    expect(() => {
      checkDrillSpec(DRILL);
    }).not.toThrow();
  });
});
