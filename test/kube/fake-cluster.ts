import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { text } from 'node:stream/consumers';

import type { KubeConnection } from '#libs/kube';

const NAMESPACE = 'demo';
const POD_PATH = /^\/api\/v1\/namespaces\/demo\/pods\/([^/]+)(\/eviction)?$/;

interface PodObject {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly object[];
    readonly resourceVersion: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly status: { readonly phase: string; readonly conditions: readonly object[] };
}

interface News {
  readonly version: number;
  readonly type: string;
  readonly object: PodObject;
}

interface Body {
  readonly preconditions?: { readonly uid: string };
  readonly deleteOptions?: { readonly preconditions: { readonly uid: string } };
}

/**
 * As much of a Kubernetes API as drills meet, on a loopback port: one namespace `demo` with the Deployment `web`.
 * A pod that is removed is replaced at once, so nothing here takes time.
 */
export class FakeCluster implements AsyncDisposable {
  readonly requests: string[] = [];
  readonly tokens: (string | undefined)[] = [];
  readonly events: object[] = [];
  /** Labels of the Deployment. */
  labels: Record<string, string> = { 'pooler.dev/drills': 'allowed' };
  disruptionsAllowed = 1;
  /** Pods of one page of a list. */
  pageSize = 500;
  /** Answers that come instead of the real ones, by `METHOD path`. */
  readonly refusals = new Map<string, { readonly status: number; readonly body: object }>();
  readonly #server: Server;
  readonly #pods = new Map<string, PodObject>();
  readonly #news: News[] = [];
  readonly #watches = new Set<ServerResponse>();
  #version = 100;
  #oldestKnown = 0;
  #created = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  static async start(pods: number): Promise<FakeCluster> {
    const cluster = new FakeCluster();
    for (let index = 0; index < pods; index += 1) cluster.createPod();
    cluster.#server.listen(0, '127.0.0.1');
    await once(cluster.#server, 'listening');
    return cluster;
  }

  get connection(): KubeConnection {
    const address = this.#server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const server = new URL(`http://127.0.0.1:${port}`);
    return { server, ca: undefined, credentials: { kind: 'token', token: 'secret' } };
  }

  get podNames(): readonly string[] {
    return [...this.#pods.keys()];
  }

  createPod(): void {
    this.#created += 1;
    const name = `web-1-${this.#created}`;
    this.#publish('ADDED', this.#podObject(name, []));
    this.#publish('MODIFIED', this.#podObject(name, [readySince(new Date())]));
  }

  /** Ends the streams of all watches, as a server does now and then. */
  cutWatches(): void {
    for (const response of this.#watches) response.end();
    this.#watches.clear();
  }

  /** Forgets everything that happened so far: a watch cannot go on from there. */
  forgetThePast(): void {
    this.#oldestKnown = this.#version;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://fake');
    const name = `${request.method} ${url.pathname}`;
    this.requests.push(url.searchParams.has('watch') ? `WATCH ${url.pathname}` : name);
    this.tokens.push(request.headers.authorization);
    const refusal = this.refusals.get(name);
    const [, podName, eviction] = POD_PATH.exec(url.pathname) ?? [];
    if (refusal) reply(response, refusal.status, refusal.body);
    else if (podName) this.#remove(podName, eviction !== undefined, await bodyOf(request), response);
    else if (request.method === 'POST') {
      this.events.push(await bodyOf(request));
      reply(response, 201, {});
    } else if (url.searchParams.has('watch'))
      this.#watch(Number(url.searchParams.get('resourceVersion')), response);
    else this.#list(url, response);
  }

  #list(url: URL, response: ServerResponse): void {
    const kind = url.pathname.split('/').at(-1) ?? '';
    const from = Number(url.searchParams.get('continue') ?? 0);
    const all = this.#objects(kind);
    const until = from + this.pageSize;
    const place = until < all.length ? String(until) : undefined;
    const metadata = { resourceVersion: String(this.#version), continue: place };
    reply(response, 200, { metadata, items: all.slice(from, until) });
  }

  #objects(kind: string): readonly object[] {
    if (kind === 'pods') return [...this.#pods.values()];
    if (kind === 'deployments')
      return [{ metadata: { name: 'web', uid: 'deployment', labels: this.labels } }];
    if (kind === 'replicasets') {
      const ownerReferences = [{ kind: 'Deployment', name: 'web', uid: 'deployment', controller: true }];
      return [{ metadata: { name: 'web-1', uid: 'replicaset', ownerReferences } }];
    }
    const selector = { matchLabels: { app: 'web' } };
    const { disruptionsAllowed } = this;
    return [{ metadata: { name: 'web' }, spec: { selector }, status: { disruptionsAllowed } }];
  }

  #watch(version: number, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (version < this.#oldestKnown) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })}\n`);
      return;
    }
    for (const news of this.#news) if (news.version > version) tell(response, news);
    this.#watches.add(response);
    response.once('close', () => this.#watches.delete(response));
  }

  #remove(name: string, isEviction: boolean, body: Body, response: ServerResponse): void {
    const pod = this.#pods.get(name);
    const { uid } = (isEviction ? body.deleteOptions : body)?.preconditions ?? {};
    if (!pod) reply(response, 404, { reason: 'NotFound', message: 'not found' });
    else if (uid !== pod.metadata.uid) reply(response, 409, { reason: 'Conflict', message: 'other uid' });
    else if (isEviction && this.disruptionsAllowed === 0) reply(response, 429, BUDGET_REFUSAL);
    else {
      reply(response, 201, { status: 'Success' });
      const metadata = {
        ...pod.metadata,
        deletionTimestamp: new Date().toISOString(),
        deletionGracePeriodSeconds: 0,
      };
      this.#publish('MODIFIED', { ...pod, metadata });
      this.createPod();
      this.#publish('DELETED', { ...pod, metadata });
    }
  }

  #publish(type: string, pod: PodObject): void {
    this.#version += 1;
    const object = { ...pod, metadata: { ...pod.metadata, resourceVersion: String(this.#version) } };
    if (type === 'DELETED') this.#pods.delete(object.metadata.name);
    else this.#pods.set(object.metadata.name, object);
    const news = { version: this.#version, type, object };
    this.#news.push(news);
    for (const response of this.#watches) tell(response, news);
  }

  #podObject(name: string, conditions: readonly object[]): PodObject {
    const metadata = {
      namespace: NAMESPACE,
      name,
      uid: `uid-${name}`,
      labels: { app: 'web' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-1', uid: 'replicaset', controller: true }],
      resourceVersion: '',
    };
    return { metadata, status: { phase: 'Running', conditions } };
  }
}

/** What the API says when a disruption budget forbids an eviction (the shape is that of Kubernetes 1.35). */
const BUDGET_REFUSAL = {
  kind: 'Status',
  status: 'Failure',
  message: "Cannot evict pod as it would violate the pod's disruption budget.",
  reason: 'TooManyRequests',
  details: {
    causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget web needs 2 healthy pods' }],
  },
  code: 429,
};

function readySince(date: Date): object {
  return { type: 'Ready', status: 'True', lastTransitionTime: date.toISOString() };
}

function tell(response: ServerResponse, { type, object }: News): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const body: Body = JSON.parse(await text(request));
  return body;
}
