import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { systemClock } from '#libs/kernel';
import { HttpKube, type KubeConnection, type KubeError, type Pod, findKubeConnection } from '#libs/kube';

import { FakeCluster } from './fake-cluster.ts';

const WEB = { app: 'web' };
const PODS = '/api/v1/namespaces/demo/pods';

let cluster: FakeCluster;
let kube: HttpKube;

beforeEach(async () => {
  cluster = await FakeCluster.start(2);
  kube = kubeOf(cluster.connection);
});

afterEach(async () => {
  kube.close();
  await cluster[Symbol.asyncDispose]();
});

function kubeOf(connection: KubeConnection): HttpKube {
  return new HttpKube(connection, { clock: systemClock, today: () => new Date(Date.UTC(2026, 0, 1)) });
}

async function firstPod(): Promise<Pod> {
  const [pod] = await kube.listPods('demo', WEB);
  if (!pod) throw new Error('the cluster has no pods');
  return pod;
}

describe('the Kubernetes client', () => {
  it('lists pods of every page', async () => {
    cluster.pageSize = 1;
    const pods = await kube.listPods('demo', WEB);
    expect(pods.map(({ name }) => name)).toEqual(['web-1-1', 'web-1-2']);
    expect(cluster.requests).toEqual([`GET ${PODS}`, `GET ${PODS}`]);
    expect(cluster.tokens[0]).toBe('Bearer secret');
  });

  it('lists workloads with their controllers, and budgets', async () => {
    expect(await kube.listWorkloads('demo')).toMatchObject([
      { kind: 'Deployment', name: 'web', labels: { 'pooler.dev/drills': 'allowed' } },
      { kind: 'ReplicaSet', name: 'web-1', controller: { uid: 'deployment' } },
    ]);
    expect(await kube.listBudgets('demo')).toMatchObject([{ name: 'web', disruptionsAllowed: 1 }]);
  });

  it('evicts exactly the pod that was meant', async () => {
    const pod = await firstPod();
    expect(await kube.remove({ ...pod, uid: 'another' }, { action: 'evict' })).toEqual({ kind: 'gone' });
    expect(await kube.remove(pod, { action: 'evict' })).toEqual({ kind: 'accepted' });
    expect(await kube.remove(pod, { action: 'evict' })).toEqual({ kind: 'gone' });
    expect(cluster.podNames).toEqual(['web-1-2', 'web-1-3']);
  });

  it('reports a budget that forbids the eviction, and deletes past it', async () => {
    cluster.disruptionsAllowed = 0;
    const pod = await firstPod();
    expect(await kube.remove(pod, { action: 'evict' })).toEqual({
      kind: 'blocked',
      reason: expect.stringContaining("it would violate the pod's disruption budget"),
    });
    expect(await kube.remove(pod, { action: 'delete', graceSeconds: 0 })).toEqual({ kind: 'accepted' });
  });

  it('does not take an overloaded server for a budget', async () => {
    const pod = await firstPod();
    const body = { reason: 'TooManyRequests', message: 'the server is busy' };
    cluster.refusals.set(`POST ${PODS}/${pod.name}/eviction`, { status: 429, body });
    await expect(kube.remove(pod, { action: 'evict' })).rejects.toMatchObject({
      name: 'KubeError',
      status: 429,
      message: `evict demo/${pod.name}: 429 the server is busy`,
    });
  });

  it('leaves an Event on the pod', async () => {
    const pod = await firstPod();
    await kube.recordEvent(pod, 'a drill');
    expect(cluster.events).toMatchObject([
      {
        kind: 'Event',
        reason: 'PoolerDrill',
        message: 'a drill',
        involvedObject: { kind: 'Pod', name: pod.name, uid: pod.uid },
        firstTimestamp: '2026-01-01T00:00:00.000Z',
      },
    ]);
  });

  it('says what the API refused, and that nobody answered', async () => {
    const body = { reason: 'Forbidden', message: 'pods is forbidden' };
    cluster.refusals.set(`GET ${PODS}`, { status: 403, body });
    await expect(kube.listPods('demo', WEB)).rejects.toMatchObject({ reason: 'Forbidden', status: 403 });
    const { connection } = cluster;
    await using gone = await FakeCluster.start(0);
    const nobody = kubeOf({ ...connection, server: gone.connection.server });
    await gone[Symbol.asyncDispose]().catch(() => {});
    await expect(nobody.listPods('demo', WEB)).rejects.toMatchObject({ reason: 'Unreachable' });
  });
});

describe('a watch over HTTP', () => {
  it('resumes after a cut without missing or repeating anything, and relists when it must', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const change of kube.watchPods('demo', WEB, stop.signal)) {
      seen.push(
        change.kind === 'listed' ? `listed ${change.pods.length}` : `${change.kind} ${change.pod.name}`,
      );
      if (seen.length === 1) cluster.createPod();
      if (seen.length === 3) {
        cluster.cutWatches();
        cluster.createPod();
      }
      if (seen.length === 5) {
        cluster.cutWatches();
        cluster.createPod();
        cluster.forgetThePast();
      }
      if (seen.length > 5 && change.kind === 'listed') stop.abort();
    }
    expect(seen).toEqual([
      'listed 2',
      'applied web-1-3',
      'applied web-1-3',
      'applied web-1-4',
      'applied web-1-4',
      'listed 5',
    ]);
  });
});

describe('the way to the API server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pooler-kube-'));

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    onTestFinished(() => rmSync(path, { force: true }));
    return path;
  }

  function kubeconfig(
    user: string,
    cluster = "{ server: 'https://kube:6443', certificate-authority: ca.crt }",
  ): string {
    return file(
      'config',
      `current-context: here
contexts: [{ name: other, context: {} }, { name: here, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: ${cluster} }]
users: [{ name: u, user: ${user} }]`,
    );
  }

  it('is the service account of the pod, whose token is read anew each time', async () => {
    const token = file('token', 'first\n');
    file('ca.crt', 'PEM');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    const connection = await findKubeConnection(env, folder);
    expect(connection).toEqual({
      server: new URL('https://[fd00::1]:6443'),
      ca: 'PEM',
      credentials: { kind: 'token-file', path: token },
    });
    const { server } = cluster.connection;
    const inCluster = kubeOf({ server, ca: undefined, credentials: { kind: 'token-file', path: token } });
    await inCluster.listBudgets('demo');
    file('token', 'second\n');
    await inCluster.listBudgets('demo');
    expect(cluster.tokens).toEqual(['Bearer first', 'Bearer second']);
  });

  it.each([
    ["{ token: 'abc' }", { kind: 'token', token: 'abc' }],
    ['{ tokenFile: token }', { kind: 'token-file', path: join(folder, 'token') }],
    [
      `{ client-certificate-data: ${btoa('CERT')}, client-key-data: ${btoa('KEY')} }`,
      { kind: 'certificate', cert: 'CERT', key: 'KEY' },
    ],
    ['{}', { kind: 'none' }],
  ])('is the current context of KUBECONFIG, as the user %s', async (user, credentials) => {
    file('ca.crt', 'PEM');
    expect(await findKubeConnection({ KUBECONFIG: kubeconfig(user) })).toEqual({
      server: new URL('https://kube:6443'),
      ca: 'PEM',
      credentials,
    });
  });

  it.each([
    ['{ exec: { command: login } }', undefined, 'the user\'s "exec" is not supported'],
    ['{}', "{ server: 'kube' }", 'the cluster\'s server is "kube", not a URL'],
    ['{}', "{ server: 'https://kube', insecure-skip-tls-verify: true }", 'insecure-skip-tls-verify'],
    ['{}', "{ server: 'https://kube', certificate-authority: none.crt }", 'cannot read'],
  ])('is refused where we cannot follow it: user %s, cluster %s', async (user, cluster, message) => {
    file('ca.crt', 'PEM');
    await expect(findKubeConnection({ KUBECONFIG: kubeconfig(user, cluster) })).rejects.toThrow(message);
  });

  it('is refused with a sentence for a file that is not there or is not a kubeconfig', async () => {
    const refused = async (path: string): Promise<KubeError> =>
      findKubeConnection({ KUBECONFIG: path }).then(
        () => expect.fail('it was accepted'),
        (error: KubeError) => error,
      );
    expect(await refused(join(folder, 'none'))).toMatchObject({ reason: 'BadConfig' });
    expect(await refused(file('broken', '{'))).toMatchObject({
      message: expect.stringContaining('is not YAML'),
    });
    expect(await refused(file('empty', ''))).toMatchObject({
      message: expect.stringContaining('it has no context named ""'),
    });
  });

  it('is nowhere outside of a cluster without KUBECONFIG', async () => {
    expect(await findKubeConnection({})).toBeUndefined();
  });
});
