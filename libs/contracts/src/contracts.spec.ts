import { describe, expect, it } from 'vitest';
import * as contracts from './index.ts';
import { isSchema, jsonSchemaOf, runEvent, newTarget, newSchedule, PROBLEMS, problem } from './index.ts';

describe('the schemas', () => {
  const named = Object.entries(contracts).flatMap(([name, value]) =>
    isSchema(value) ? [{ name, value }] : [],
  );

  it('give each OpenAPI name one meaning', () => {
    const meanings = new Map<string, string>();
    for (const { value } of named) {
      for (const [id, schema] of Object.entries(jsonSchemaOf(value).components)) {
        const text = JSON.stringify(schema);
        expect(meanings.get(id) ?? text, id).toBe(text);
        meanings.set(id, text);
      }
    }
    expect([...meanings.keys()]).toEqual(
      expect.arrayContaining(['Campaign', 'CampaignDocument', 'NewTarget', 'Problem', 'Run', 'RunPage']),
    );
  });
});

describe('a problem', () => {
  it('has a status that fits the schema, whatever its code', () => {
    for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
      const body = { type: `urn:pooler:problem:${code}`, title, status, detail: 'x', instance: '/', code };
      expect(problem.safeParse(body).success, code).toBe(true);
    }
  });
});

describe('a new target', () => {
  const plain = { name: 'local', baseUrl: 'http://10.0.0.1:8080', maxRate: '500/s', maxConcurrency: 10 };

  it('may do nothing special unless it says so', () => {
    expect(newTarget.parse(plain)).toMatchObject({ faults: false, drills: false, allowPrivate: false });
  });

  it.each(['ftp://a/', 'a:80', '//a', 'http://u:p@a/', 'http://a/?q=1', 'http://a/#f', 'file:///etc/passwd'])(
    'is not at %s',
    (baseUrl) => {
      expect(newTarget.safeParse({ ...plain, baseUrl }).success).toBe(false);
    },
  );
});

describe('a new schedule', () => {
  const plain = { name: 'nightly', campaign: `cmp_${'0'.repeat(26)}`, cron: '0 3 * * *' };

  it.each(['Europe/Madrid', 'America/New_York', 'UTC'])('may be in %s', (timeZone) => {
    expect(newSchedule.parse({ ...plain, timeZone })).toMatchObject({
      timeZone,
      concurrencyPolicy: 'Forbid',
    });
  });

  it.each(['Mars/Olympus', '+02:00', ''])('may not be in %j', (timeZone) => {
    expect(newSchedule.safeParse({ ...plain, timeZone }).success).toBe(false);
  });
});

describe('an event of a run', () => {
  it('carries the data of its type', () => {
    const event = { type: 'state', data: { atMs: 1, state: 'running' } };
    expect(runEvent.parse(event)).toEqual(event);
  });

  it.each([
    { type: 'nonsense', data: {} },
    { type: 'state', data: { atMs: 1 } },
    { type: 'end', data: { atMs: 1, state: 'running' } },
  ])('is nothing where type and data do not fit: %j', (event) => {
    expect(runEvent.safeParse(event).success).toBe(false);
  });
});
