import { describe, expect, it } from 'vitest';

import { RENDERS, hasHelm, helmTemplate } from './renders.ts';

/** After a change of the chart: `npx vitest run test/charts/helm.spec.ts --update` writes the renders anew. */
describe.runIf(await hasHelm())('the chart', () => {
  it.each(RENDERS)('renders $name as it is committed', async ({ file, helmArguments }) => {
    await expect(await helmTemplate(helmArguments)).toMatchFileSnapshot(file);
  });

  it.each([
    ['redis.url=redis://redis:6379', 'redis.enabled must be false when redis.url'],
    ['redis.enabled=false', 'redis.url or redis.urlSecret must be given'],
    ['redis.enabled=false,redis.url=redis://a:1,redis.urlSecret=b', 'must not both be given'],
    ['redis.enabled=false,redis.url=redis://:password@a:1', "at '/redis/url': '"],
    [
      'api.preStopSeconds=30',
      'api.terminationGracePeriodSeconds must be more than api.preStopSeconds, 30, got 30',
    ],
    ['target.preStopSeconds=20', 'target.terminationGracePeriodSeconds must be more than'],
    ['collector.enabled=true', 'collector.exportTo must be given when jaeger.enabled is false'],
    ['service.enabled=false,target.enabled=false', 'there is nothing to install'],
    ['target.control.enabled=true,target.control.port=8080', 'target.control.port must differ from target.port'],
    ['api.replicas=-1', "at '/api/replicas': minimum"],
    ['worker.replica=2', "additional properties 'replica' not allowed"],
    ['drills.namespaces={Not_A_Name}', "at '/drills/namespaces/0'"],
    ['target.drills=yes', "at '/target/drills'"],
  ])('refuses %s', async (values, message) => {
    const rendering = helmTemplate(['--set', 'auth.existingSecret=auth', '--set', values]);
    await expect(rendering).rejects.toThrow(message);
  });

  it('gives the service no access to the Kubernetes API when drills are off', async () => {
    const render = await helmTemplate(['--set', 'auth.existingSecret=auth,drills.enabled=false']);
    expect(render).not.toMatch(/^kind: (Role|RoleBinding)$/m);
    expect(render).not.toContain('automountServiceAccountToken: true');
  });

  it('gives the token of the control port to the target and to the worker, and to nobody else', async () => {
    const control = 'target.control.enabled=true,target.control.existingSecret=control';
    const render = await helmTemplate(['--set', `auth.existingSecret=auth,${control}`]);
    const mounting = render.split(/^---$/m).filter((object) => object.includes('{ secretName: control }'));
    expect(mounting.map((object) => /^kind: Deployment\n.*\n  name: (\S+)$/m.exec(object)?.[1])).toEqual([
      'pooler-target',
      'pooler-worker',
    ]);
  });

  it('makes a Secret whose tokens file holds the hash of its admin token', async () => {
    const render = await helmTemplate(['--show-only', 'templates/secret.yaml']);
    const [, token] = /admin-token: (\w{40})/.exec(render) ?? [];
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256')
      .update(token ?? '')
      .digest('hex');
    const [, tokens] = /tokens.json: '(.*)'/.exec(render) ?? [];
    expect(JSON.parse(tokens ?? '')).toEqual({ tokens: [{ name: 'admin', role: 'admin', sha256 }] });
  });
});
