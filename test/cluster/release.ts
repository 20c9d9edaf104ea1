import { systemClock } from '#libs/kernel';
import { Drills, HttpKube, type KubeConnection, findKubeConnection } from '#libs/kube';

import { ServiceClient } from '../service/support/service-client.ts';
import { IMAGE, run } from './command.ts';
import { PortForward } from './port-forward.ts';

/** A release of the chart in a namespace of its own, which enforces the restricted Pod Security Standard. */
export class Release implements AsyncDisposable {
  readonly namespace: string;
  readonly #connection: KubeConnection;
  readonly #clients: HttpKube[] = [];
  readonly #forwards: PortForward[] = [];

  private constructor(namespace: string, connection: KubeConnection) {
    this.namespace = namespace;
    this.#connection = connection;
  }

  /** Makes the namespace; installs nothing yet. */
  static async prepare(purpose: string): Promise<Release> {
    const connection = await findKubeConnection({ KUBECONFIG: process.env['KUBECONFIG'] });
    if (!connection) throw new Error('KUBECONFIG must name the cluster to test on');
    const namespace = `pooler-${purpose}-${process.pid}`;
    await run('kubectl', 'create', 'namespace', namespace);
    await run('kubectl', 'label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
    return new Release(namespace, connection);
  }

  /** Installs the chart, or upgrades it to other values, and waits until its pods are ready. */
  async install(...values: readonly string[]): Promise<void> {
    const image = [`image.repository=${IMAGE.repository}`, `image.tag=${IMAGE.tag}`];
    const set = ['--set', [...image, ...values].join(',')];
    const args = ['upgrade', 'pooler', 'charts/pooler', '--install', '--namespace', this.namespace];
    await run('helm', ...args, ...set, '--wait', '--timeout', '100s');
  }

  /** `helm test`; rejects when it fails. Returns what the tests printed. */
  test(): Promise<string> {
    return run('helm', 'test', 'pooler', '--namespace', this.namespace, '--timeout', '150s');
  }

  async uninstall(): Promise<void> {
    await run('helm', 'uninstall', 'pooler', '--namespace', this.namespace, '--wait', '--timeout', '100s');
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return run('kubectl', '--namespace', this.namespace, ...args);
  }

  /** The names of all objects in the namespace that belong to the release. */
  async objects(): Promise<string> {
    const kinds =
      'all,configmap,secret,serviceaccount,role,rolebinding,poddisruptionbudget,networkpolicy,persistentvolumeclaim';
    const selector = ['--selector', 'app.kubernetes.io/instance=pooler', '--output', 'name'];
    return this.kubectl('get', kinds, ...selector);
  }

  /** REST of the release's api, as its admin. */
  async service(): Promise<ServiceClient> {
    const forward = await PortForward.open(this.namespace, 'pooler-api', 80);
    this.#forwards.push(forward);
    const template = 'go-template={{index .data "admin-token" | base64decode}}';
    const token = await this.kubectl('get', 'secret', 'pooler-auth', '--output', template);
    return new ServiceClient(forward.url, token);
  }

  /** A client as the administrator, or as the service account of that name. */
  async kube(serviceAccount?: string): Promise<HttpKube> {
    const token = serviceAccount && (await this.kubectl('create', 'token', serviceAccount)).trim();
    const { server, ca, credentials } = this.#connection;
    const connection = { server, ca, credentials: token ? ({ kind: 'token', token } as const) : credentials };
    const kube = new HttpKube(connection, { clock: systemClock, today: () => new Date() });
    this.#clients.push(kube);
    return kube;
  }

  async drills(serviceAccount?: string): Promise<Drills> {
    return new Drills(await this.kube(serviceAccount), { clock: systemClock });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const forward of this.#forwards) await forward[Symbol.asyncDispose]();
    await run('kubectl', 'delete', 'namespace', this.namespace, '--wait=false');
  }
}
