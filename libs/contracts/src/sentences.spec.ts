import { describe, expect, it } from 'vitest';
import { campaignDocument, newRun, newSchedule, newTarget, pageQuery, reportQuery } from './index.ts';
import { problemIssues } from './issues.ts';

const target = { name: 'local', baseUrl: 'http://10.0.0.1', maxRate: '1/s', maxConcurrency: 1 };
const campaign = { name: 'a', target: 'b' };

describe('a field that is refused', () => {
  it.each([
    [newTarget, { ...target, baseUrl: undefined }, 'baseUrl is missing'],
    [newTarget, { ...target, baseUrl: 3 }, 'baseUrl must be a string, got 3'],
    [newTarget, { ...target, maxConcurrency: 0 }, 'maxConcurrency must be at least 1, got 0'],
    [newTarget, { ...target, maxConcurrency: 0.5 }, 'maxConcurrency must be a whole number, got 0.5'],
    [newTarget, { ...target, faults: 'yes' }, 'faults must be a boolean, got "yes"'],
    [newTarget, { ...target, tls: 1 }, ' must not hold "tls": unknown here'],
    [newTarget, null, ' must be an object, got null'],
    [pageQuery, { limit: '999' }, 'limit must be at most 200, got 999'],
    [reportQuery, { format: 'pdf' }, 'format must be one of json, junit, csv, got "pdf"'],
    [newRun, { reason: 'x'.repeat(501) }, 'reason must have at most 500 characters, got 501'],
    [newRun, { dryRun: 'x'.repeat(100) }, `dryRun must be a boolean, got "${'x'.repeat(79)}…`],
    [campaignDocument, { ...campaign, scenarios: [] }, 'scenarios must have at least 1 items, got 0'],
    [
      campaignDocument,
      { ...campaign, scenarios: [{ model: 'wild' }] },
      'scenarios.0.model must be one of open, closed',
    ],
    [
      newSchedule,
      { name: 'a', campaign: 'x', cron: '* * * * *', timeZone: 'UTC' },
      `campaign must be an id such as cmp_${'0'.repeat(26)}, got "x"`,
    ],
  ])('is named with its value and what is allowed: %#', (schema, value, sentence) => {
    const issues = problemIssues(schema.safeParse(value).error?.issues ?? []);
    expect(issues.map(({ path, message }) => `${path} ${message}`)).toEqual([sentence]);
  });
});

describe('a header of a request', () => {
  const sentenceOf = (headers: object): string[] => {
    const scenario = {
      name: 'a',
      model: 'open',
      stages: [{ duration: '1s', target: '1/s' }],
      request: { headers },
    };
    const { error } = campaignDocument.safeParse({ ...campaign, scenarios: [scenario] });
    return (error?.issues ?? []).map(({ message }) => message);
  };

  it('is refused where it would begin another field, without its value, which may be a secret', () => {
    expect(sentenceOf({ authorization: 'Bearer x\r\nhost: y' })).toEqual([
      'must be latin1 text without control characters',
    ]);
  });

  it.each(['Content-Length', 'transfer-encoding', 'Upgrade', 'expect'])('is not %s', (name) => {
    expect(sentenceOf({ [name]: '1' })).toEqual([`must not be ${name}, which Pooler sets itself`]);
  });

  it('is named by a token', () => {
    expect(sentenceOf({ 'a b': '1' })).toEqual(['must be a token (RFC 9110 section 5.6.2)']);
  });
});
