import type { DrillSpec } from '#libs/campaign';
import { seededRng, type Clock } from '#libs/kernel';
import type { DrillPlan, DrillPreview, DrillReport, Drills, HttpKube, OwnPod } from '#libs/kube';
import { RunRefusedError } from '../runs/run-refused-error.ts';
import type { RunDrill, RunOrder } from '../runs/run-world.ts';

export interface ClusterOptions {
  /** Where the API server is found: `KUBECONFIG`, or what a pod is told. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The pod that we run in, which no drill touches. */
  readonly ownPod: OwnPod | undefined;
  /** Where drills may take pods away. Undefined leaves it to what the API server allows. */
  readonly namespaces: readonly string[] | undefined;
  readonly clock: Clock;
}

/** The drill of one run, on the cluster that the worker is in. What concerns Kubernetes is loaded when one is asked for. */
export class ClusterDrill implements RunDrill {
  readonly #options: ClusterOptions;
  readonly #order: RunOrder;
  readonly #drill: DrillSpec;
  #drills: Promise<Drills> | undefined;
  #kube: HttpKube | undefined;

  constructor(options: ClusterOptions, order: RunOrder, drill: DrillSpec) {
    this.#options = options;
    this.#order = order;
    this.#drill = drill;
  }

  async preview(): Promise<DrillPreview> {
    return (await this.#open()).preview(this.#spec());
  }

  async plan(): Promise<DrillPlan> {
    const { limits, seed } = this.#order.plan;
    return (await this.#open()).plan(this.#spec(), limits.pods ?? Infinity, seededRng(seed));
  }

  async act(plan: DrillPlan, signal: AbortSignal): Promise<DrillReport> {
    const { runId, spec } = this.#order;
    return (await this.#open()).execute(plan, { reason: `run ${runId} of campaign ${spec.name}`, signal });
  }

  /** Gives its connections to the API server back. */
  close(): void {
    this.#kube?.close();
  }

  #spec(): DrillPlan['spec'] {
    const { namespace, selector, mode, value, action } = this.#drill;
    return { namespace, selector, mode, value, action };
  }

  #open(): Promise<Drills> {
    this.#drills ??= this.#connect();
    return this.#drills;
  }

  async #connect(): Promise<Drills> {
    const { env, ownPod, namespaces, clock } = this.#options;
    const { namespace } = this.#drill;
    if (namespaces && !namespaces.includes(namespace)) {
      const allowed = namespaces.join(', ') || 'none';
      throw new RunRefusedError(
        `drill.namespace must be one of those for drills (${allowed}), got ${namespace}`,
      );
    }
    const { Drills, HttpKube, findKubeConnection } = await import('#libs/kube');
    const connection = await findKubeConnection(env);
    if (!connection) {
      throw new RunRefusedError('drill must be left out: the worker is not in a Kubernetes cluster');
    }
    this.#kube = new HttpKube(connection, { clock, today: () => new Date() });
    return new Drills(this.#kube, { clock, ownPod });
  }
}
