import { describe, expect, it } from 'vitest';
import { campaignDocument, type CampaignDocument } from './campaign.ts';
import { problemIssues } from './issues.ts';

const SMALLEST: CampaignDocument = {
  name: 'smallest',
  target: 'local',
  scenarios: [{ name: 'health', model: 'open', stages: [{ duration: '20s', target: '200/s' }], request: {} }],
};

describe('a campaign document', () => {
  it('is read into milliseconds and arrivals per second, with its defaults', () => {
    expect(campaignDocument.parse(SMALLEST)).toEqual({
      name: 'smallest',
      target: 'local',
      policies: { timeout: 1_000, deadline: 10_000 },
      phases: { baseline: 0, recovery: 0 },
      scenarios: [
        {
          name: 'health',
          model: 'open',
          stages: [{ duration: 20_000, target: 200 }],
          request: { method: 'GET', path: '/', headers: {} },
        },
      ],
      faults: [],
      checks: [],
      guardrails: [],
      blastRadius: {},
    });
  });

  it('may name a secret instead of a header value, and keeps the name', () => {
    const document = structuredClone(SMALLEST);
    document.scenarios[0]!.request.headers = { authorization: { secretRef: 'api-key' } };
    const [scenario] = campaignDocument.parse(document).scenarios;
    expect(scenario?.request.headers).toEqual({ authorization: { secretRef: 'api-key' } });
  });

  it('says of every bad field where it lies', () => {
    const document = { ...SMALLEST, phases: { baseline: '2h' }, faults: [{ id: 'X' }], extra: 1 };
    const issues = problemIssues(campaignDocument.safeParse(document).error?.issues ?? []);
    expect(issues.map(({ path, code }) => [path, code])).toEqual([
      ['phases.baseline', 'custom'],
      ['faults.0.id', 'invalid_format'],
      ['faults.0.type', 'invalid_value'],
      ['faults.0.where', 'invalid_value'],
      ['', 'unrecognized_keys'],
    ]);
  });

  it.each([
    ['http://elsewhere/', 'an address'],
    ['no-slash', 'no slash'],
    ['/a b', 'a space'],
    ['/a\r\nHost: b', 'a line break'],
  ])('refuses the path %j: %s', (path) => {
    const document = structuredClone(SMALLEST);
    document.scenarios[0]!.request.path = path;
    expect(campaignDocument.safeParse(document).success).toBe(false);
  });
});
