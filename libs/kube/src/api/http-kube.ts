import type { Clock } from '#libs/kernel';

import { type JsonObject, itemsOf, objectOf, parseJson, textOf } from '../json-object.ts';
import { KubeError } from '../kube-error.ts';
import type { DisruptionBudget, Kube, PodChange, Removal, RemovalAnswer } from '../kube.ts';
import { labelSelectorOf, selectorText } from '../label-selector.ts';
import { type Pod, type Workload, podOf, workloadOf } from '../pod.ts';
import { ApiClient, type ApiRequest } from './api-client.ts';
import type { KubeConnection } from './kube-connection.ts';
import { watchPods } from './pod-watch.ts';

type Labels = Readonly<Record<string, string>>;

export interface HttpKubeOptions {
  readonly clock: Clock;
  /** The time of day, for the Events' times. */
  readonly today: () => Date;
}

interface List {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
}

/** Objects that one page of a list holds, and the pages that a list may have. */
const PAGE_SIZE = 500;
const PAGES_MAX = 20;

/** How long the server may keep one watch open, in seconds. */
const WATCH_SECONDS = 240;

/** Lists only the objects' metadata, which is all that we need of workloads (Kubernetes docs, "Receiving resources as..."). */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

/** `Kube` over the API's own protocol. */
export class HttpKube implements Kube {
  readonly #client: ApiClient;
  readonly #options: HttpKubeOptions;

  constructor(connection: KubeConnection, options: HttpKubeOptions) {
    this.#client = new ApiClient(connection);
    this.#options = options;
  }

  async listPods(namespace: string, labels: Labels): Promise<readonly Pod[]> {
    const { pods } = await this.#podList(namespace, labels);
    return pods;
  }

  async listWorkloads(namespace: string): Promise<readonly Workload[]> {
    const path = `/apis/apps/v1${inNamespace(namespace)}`;
    const [deployments, replicaSets] = await Promise.all([
      this.#list(`${path}/deployments`, {}, METADATA_ONLY),
      this.#list(`${path}/replicasets`, {}, METADATA_ONLY),
    ]);
    return [
      ...deployments.items.map((item) => workloadOf('Deployment', item)),
      ...replicaSets.items.map((item) => workloadOf('ReplicaSet', item)),
    ];
  }

  async listBudgets(namespace: string): Promise<readonly DisruptionBudget[]> {
    const { items } = await this.#list(`/apis/policy/v1${inNamespace(namespace)}/poddisruptionbudgets`);
    return items.map(budgetOf);
  }

  watchPods(namespace: string, labels: Labels, signal: AbortSignal): AsyncIterable<PodChange> {
    const source = {
      list: () => this.#podList(namespace, labels),
      lines: (resourceVersion: string, until: AbortSignal) =>
        this.#client.lines(watchRequest(namespace, labels, resourceVersion), until),
    };
    return watchPods(source, this.#options.clock, signal);
  }

  async remove(pod: Pod, { action, graceSeconds }: Removal): Promise<RemovalAnswer> {
    const options = { preconditions: { uid: pod.uid }, gracePeriodSeconds: graceSeconds };
    const request = action === 'evict' ? evictionRequest(pod, options) : deletionRequest(pod, options);
    const { status, body } = await this.#client.send(request);
    if (status < 300) return { kind: 'accepted' };
    // 404: there is no such pod; 409: there is one of that name with another uid.
    if (status === 404 || status === 409) return { kind: 'gone' };
    const error = KubeError.ofAnswer(`${action} ${pod.namespace}/${pod.name}`, status, body);
    if (status === 429 && isBudgetRefusal(body)) return { kind: 'blocked', reason: error.message };
    throw error;
  }

  async recordEvent(pod: Pod, message: string): Promise<void> {
    const path = `/api/v1${inNamespace(pod.namespace)}/events`;
    await this.#answer({ method: 'POST', path, body: eventOn(pod, message, this.#options.today()) });
  }

  /** Closes the idle connections. */
  close(): void {
    this.#client.close();
  }

  async #podList(namespace: string, labels: Labels) {
    const { items, resourceVersion } = await this.#list(podsPath(namespace), {
      labelSelector: selectorText(labels),
    });
    return { pods: items.map(podOf), resourceVersion };
  }

  /** All pages of a list (Kubernetes docs, "Retrieving large results sets in chunks"). */
  async #list(path: string, query: Record<string, string> = {}, accept?: string): Promise<List> {
    const items: unknown[] = [];
    let place = '';
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const paging = { limit: String(PAGE_SIZE), ...(place === '' ? {} : { continue: place }) };
      const list = await this.#answer({ method: 'GET', path, accept, query: { ...query, ...paging } });
      items.push(...itemsOf(list['items']));
      const metadata = objectOf(list['metadata']);
      place = textOf(metadata['continue']);
      if (place === '') return { items, resourceVersion: textOf(metadata['resourceVersion']) };
    }
    throw new KubeError(`GET ${path}: more than ${PAGES_MAX * PAGE_SIZE} objects`, { reason: 'TooMany' });
  }

  async #answer(request: ApiRequest): Promise<JsonObject> {
    const { status, body } = await this.#client.send(request);
    if (status >= 300) throw KubeError.ofAnswer(`${request.method} ${request.path}`, status, body);
    return objectOf(parseJson(body));
  }
}

function inNamespace(namespace: string): string {
  return `/namespaces/${encodeURIComponent(namespace)}`;
}

function podsPath(namespace: string): string {
  return `/api/v1${inNamespace(namespace)}/pods`;
}

function watchRequest(namespace: string, labels: Labels, resourceVersion: string): ApiRequest {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(WATCH_SECONDS),
    labelSelector: selectorText(labels),
    resourceVersion,
  };
  return { method: 'GET', path: podsPath(namespace), query };
}

function evictionRequest({ namespace, name }: Pod, deleteOptions: object): ApiRequest {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name }, deleteOptions };
  return { method: 'POST', path: `${podsPath(namespace)}/${encodeURIComponent(name)}/eviction`, body };
}

function deletionRequest({ namespace, name }: Pod, deleteOptions: object): ApiRequest {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...deleteOptions };
  return { method: 'DELETE', path: `${podsPath(namespace)}/${encodeURIComponent(name)}`, body };
}

/** A 429 is also what an overloaded server says; a budget's names itself as the cause (policy/v1 `DisruptionBudget`). */
function isBudgetRefusal(body: string): boolean {
  const details = objectOf(objectOf(parseJson(body))['details']);
  return itemsOf(details['causes']).some((cause) => objectOf(cause)['reason'] === 'DisruptionBudget');
}

function budgetOf(json: unknown): DisruptionBudget {
  const budget = objectOf(json);
  const allowed = objectOf(budget['status'])['disruptionsAllowed'];
  return {
    name: textOf(objectOf(budget['metadata'])['name']),
    selector: labelSelectorOf(objectOf(budget['spec'])['selector']),
    disruptionsAllowed: typeof allowed === 'number' ? allowed : 0,
  };
}

function eventOn({ namespace, name, uid }: Pod, message: string, at: Date): object {
  const time = at.toISOString();
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: 'pooler-drill-', namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
    type: 'Normal',
    reason: 'PoolerDrill',
    message,
    source: { component: 'pooler' },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
