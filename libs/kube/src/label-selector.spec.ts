import { describe, expect, it } from 'vitest';

import { labelSelectorOf, selectorText, selects } from './label-selector.ts';

const LABELS = { app: 'web', tier: 'front' };

describe('a label selector', () => {
  it.each<[string, unknown, boolean]>([
    ['nothing when absent', undefined, false],
    ['everything when empty', {}, true],
    ['what has all labels', { matchLabels: { app: 'web', tier: 'front' } }, true],
    ['nothing that has only some', { matchLabels: { app: 'web', tier: 'back' } }, false],
    ['In', { matchExpressions: [{ key: 'tier', operator: 'In', values: ['back', 'front'] }] }, true],
    ['In, without the label', { matchExpressions: [{ key: 'x', operator: 'In', values: ['y'] }] }, false],
    ['NotIn', { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] }, false],
    [
      'NotIn, without the label',
      { matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['y'] }] },
      true,
    ],
    ['Exists', { matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true],
    ['DoesNotExist', { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false],
    ['nothing by an operator of the future', { matchExpressions: [{ key: 'app', operator: 'Near' }] }, false],
  ])('selects %s', (_, json, expected) => {
    expect(selects(labelSelectorOf(json), LABELS)).toBe(expected);
  });

  it('is written as the API takes it', () => {
    expect(selectorText(LABELS)).toBe('app=web,tier=front');
  });
});
