import { readFile } from 'node:fs/promises';
import type { Target } from '#libs/contracts';
import { systemClock, systemRng, type Clock } from '#libs/kernel';
import type { Propagator } from '#libs/records';
import { ClientLoad, canaryOf, outerFaultsOf } from '#libs/run/client';
import { refusalOfAddress } from '../allow-list/address-policy.ts';
import { RunRefusedError } from '../runs/run-refused-error.ts';
import type { RunOrder, RunTools, RunWorld } from '../runs/run-world.ts';
import { ClusterDrill, type ClusterOptions } from './cluster-drill.ts';
import { SecretFolder } from './secret-folder.ts';

export interface TargetWorldOptions {
  /** The folder with a file for each `secretRef`. */
  readonly secretsDir: string | undefined;
  /** The file with what supervisors ask of those who may crash their target. */
  readonly controlTokenFile: string | undefined;
  readonly cluster: Omit<ClusterOptions, 'clock'>;
  /** Begins the trace of each request of the load. Default: none has one. */
  readonly propagator?: Propagator | undefined;
  readonly clock?: Clock | undefined;
}

/** The world as it is: the targets of the allow-list, reached over the network. */
export class TargetWorld implements RunWorld {
  readonly #options: TargetWorldOptions;
  readonly #secrets: SecretFolder;

  constructor(options: TargetWorldOptions) {
    this.#options = options;
    this.#secrets = new SecretFolder(options.secretsDir);
  }

  async toolsFor(order: RunOrder): Promise<RunTools> {
    const { cluster, propagator, clock = systemClock } = this.#options;
    const { runId, target, plan } = order;
    const allowAddress = allowAddressOf(target);
    const baseUrl = new URL(target.baseUrl);
    const { seed } = plan;
    const spec = await this.#secrets.resolve(order.spec);
    const load = new ClientLoad({
      runId,
      spec,
      seed,
      baseUrl,
      clock,
      // For jitter alone: of one seed, the workers that share a run would all come back at the same moments.
      rng: systemRng,
      allowAddress,
      propagator,
    });
    const faults = outerFaultsOf(spec, {
      controlUrl: target.controlUrl === undefined ? undefined : new URL(target.controlUrl),
      token: await this.#controlToken(),
      proxy: target.proxy && {
        controlUrl: new URL(target.proxy.controlUrl),
        name: target.proxy.name,
      },
      allowAddress,
      clock,
    });
    const canary = canaryOf(spec, baseUrl, allowAddress);
    const drill = plan.drill && new ClusterDrill({ ...cluster, clock }, order, plan.drill);
    return {
      load,
      faults,
      canary,
      drill,
      close: async () => {
        drill?.close();
        await Promise.all([faults.close(), canary.close()]);
      },
    };
  }

  async #controlToken(): Promise<string | undefined> {
    const { controlTokenFile } = this.#options;
    if (controlTokenFile === undefined) return undefined;
    try {
      return (await readFile(controlTokenFile, 'utf8')).trim();
    } catch {
      throw new RunRefusedError(`the worker cannot read its POOLER_CONTROL_TOKEN_FILE, ${controlTokenFile}`);
    }
  }
}

/** Asked at every dial, so that a name which changes its address gains nothing. */
function allowAddressOf({ allowPrivate }: Target): (ip: string, host: string) => boolean {
  return (ip, host) => refusalOfAddress(ip, host, { allowPrivate }) === undefined;
}
