import { systemClock } from '#libs/kernel';
import { Drills, HttpKube, type KubeConnection, findKubeConnection } from '#libs/kube';

import { IMAGE, run } from './command.ts';

/** A release of the chart in a namespace of its own, which enforces the restricted Pod Security Standard. */
export class Release implements AsyncDisposable {
  readonly namespace: string;
  readonly #connection: KubeConnection;
  readonly #clients: HttpKube[] = [];

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

  async uninstall(): Promise<void> {
    await run('helm', 'uninstall', 'pooler', '--namespace', this.namespace, '--wait', '--timeout', '100s');
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return run('kubectl', '--namespace', this.namespace, ...args);
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
    await run('kubectl', 'delete', 'namespace', this.namespace, '--wait=false');
  }
}
