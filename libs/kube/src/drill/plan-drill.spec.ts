import { describe, expect, it } from 'vitest';

import { seededRng } from '#libs/kernel';

import type { DrillMode, DrillSpec } from './drill-spec.ts';
import { planDrill } from './plan-drill.ts';
import { WEB, webPod } from './pods.spec-helper.ts';
import { previewDrill } from './preview-drill.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

function spec(mode: DrillMode, value?: number): DrillSpec {
  return { namespace: 'demo', selector: { app: 'web' }, mode, value, action: 'evict' };
}

/** The victims' names. */
function victims(drill: DrillSpec, { seed = 1, maxPods = 100, names = NAMES } = {}): readonly string[] {
  const pods = names.map((name) => webPod(name));
  const preview = previewDrill({ pods, workloads: WEB, budgets: [] });
  return planDrill(preview, drill, maxPods, seededRng(seed)).victims.map(({ pod }) => pod.name);
}

describe('the plan of a drill', () => {
  it.each<[DrillMode, number | undefined, number]>([
    ['one', undefined, 1],
    ['all', undefined, 5],
    ['fixed', 3, 3],
    ['fixed', 9, 5],
    ['fixed-percent', 50, 2],
    ['fixed-percent', 100, 5],
  ])('takes, in mode %s with %s, %i of five pods', (mode, value, count) => {
    const taken = victims(spec(mode, value));
    expect(taken).toHaveLength(count);
    expect(new Set(taken).size).toBe(count);
  });

  it('draws the same victims from the same seed, in whatever order the pods are listed', () => {
    const drill = spec('fixed', 3);
    expect(victims(drill, { names: NAMES.toReversed() })).toEqual(victims(drill));
  });

  it('draws every pod for some seed', () => {
    const drawn = new Set(Array.from({ length: 50 }, (_, seed) => victims(spec('one'), { seed })[0]));
    expect(drawn).toEqual(new Set(NAMES));
  });

  it('draws every number up to the largest in mode random-max-percent', () => {
    const drill = spec('random-max-percent', 40);
    const counts = new Set(Array.from({ length: 50 }, (_, seed) => victims(drill, { seed }).length));
    expect(counts).toEqual(new Set([0, 1, 2]));
  });

  it('refuses a drill that may pass maxPods, even where the draw would not', () => {
    expect(() => victims(spec('all'), { maxPods: 1 })).toThrow(
      'drill must be within blastRadius.maxPods, 1, got "up to 5 pods"',
    );
    expect(() => victims(spec('random-max-percent', 100), { maxPods: 4 })).toThrow('blastRadius.maxPods, 4');
  });

  it('refuses a drill that could take no pod away, with the numbers', () => {
    expect(() => victims(spec('one'), { names: [] })).toThrow('got 0 candidates and 0 excluded pods');
    expect(() => victims(spec('fixed-percent', 10))).toThrow('got 5 candidates');
  });
});
