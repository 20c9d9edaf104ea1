import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignSpec } from '#libs/campaign';
import { RunRefusedError } from '../runs/run-refused-error.ts';
import { SecretFolder } from './secret-folder.ts';

let parent: string;
let secrets: SecretFolder;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'pooler-secrets-'));
  await writeFile(join(parent, 'outside'), 'not for campaigns');
  const folder = await mkdtemp(join(parent, 'folder-'));
  await writeFile(join(folder, 'real'), 'value\n');
  // As Kubernetes mounts them.
  await symlink('real', join(folder, 'api-key'));
  await writeFile(join(folder, 'broken'), 'two\r\nlines');
  await writeFile(join(folder, 'empty'), '\n');
  secrets = new SecretFolder(folder);
});

afterAll(() => rm(parent, { recursive: true }));

describe('the secrets of a worker', () => {
  it('are the texts of files, without the newline at the end', async () => {
    expect(await secrets.read('api-key')).toBe('value');
  });

  it.each(['missing', '../outside', '..', '.', '', '/etc/hostname', 'folder/../../outside', 'a\0b'])(
    'are found nowhere else: %j',
    async (name) => {
      await expect(secrets.read(name)).rejects.toThrow(
        new RunRefusedError(`the worker has no secret ${name}`),
      );
    },
  );

  it('are none without a folder', async () => {
    await expect(new SecretFolder(undefined).read('api-key')).rejects.toThrow(
      'the worker has no secret api-key',
    );
  });

  it.each(['broken', 'empty'])(
    'that no header can hold are refused by name, not by value: %s',
    async (name) => {
      await expect(secrets.read(name)).rejects.toThrow(
        new RunRefusedError(`the secret ${name} must be 1 to 8000 characters that a header's value may hold`),
      );
    },
  );

  it('take the place of their names in a campaign, which keeps them itself', async () => {
    const headers = { 'x-key': { secretRef: 'api-key' }, accept: 'text/plain' };
    const spec: CampaignSpec = {
      name: 'c',
      target: 't',
      policies: { timeoutMs: 1_000, deadlineMs: 10_000 },
      phases: { baselineMs: 0, recoveryMs: 0 },
      scenarios: [
        {
          name: 's',
          model: 'closed',
          concurrency: 1,
          requests: 1,
          request: { method: 'GET', path: '/', headers },
        },
      ],
      faults: [],
      checks: [],
      guardrails: [],
    };
    const resolved = await secrets.resolve(spec);
    expect(resolved.scenarios[0]?.request.headers).toEqual({ 'x-key': 'value', accept: 'text/plain' });
    expect(spec.scenarios[0]?.request.headers).toEqual(headers);
  });
});
