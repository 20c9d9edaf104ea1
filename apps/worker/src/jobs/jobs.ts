import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Service, ServiceWorker, TargetWorld, type WorkerEnvironment } from '#libs/service';
import type { Telemetry } from '#libs/telemetry';

export interface JobsOptions {
  readonly settings: WorkerEnvironment;
  /** Where a cluster's API server is found. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly telemetry: Telemetry;
  /** Hears of trouble with Redis, again and again as long as it lasts, and of each job that is to be tried again. */
  readonly onError: (error: Error) => void;
  /** Redis is there and will not have us, for example for a wrong password: trying on would change nothing. */
  readonly onRefused: (error: Error) => void;
}

/** Works off the queues from when Redis is there until the application shuts down. */
@Injectable()
export class Jobs implements BeforeApplicationShutdown {
  readonly #options: JobsOptions;
  #state:
    | { readonly kind: 'connecting' }
    | { readonly kind: 'working'; readonly service: Service; readonly worker: ServiceWorker }
    | { readonly kind: 'closed' } = { kind: 'connecting' };

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#open().catch(options.onRefused);
  }

  /** Whether Redis answers. */
  async isReady(): Promise<boolean> {
    return this.#state.kind === 'working' && this.#state.service.isReady();
  }

  /** Takes no more jobs; what is at work is brought to where another worker can go on. */
  async beforeApplicationShutdown(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    if (state.kind !== 'working') return;
    await state.worker.close();
    await state.service.close();
  }

  async #open(): Promise<void> {
    const { settings, env, telemetry, onError } = this.#options;
    const { redisUrl, maxRuns, maxSegments } = settings;
    const forQueues = telemetry.forQueues;
    const service = await Service.open({
      environment: settings,
      isPatient: true,
      telemetry: forQueues,
      onError,
    });
    if (this.#state.kind === 'closed') return service.close();
    const world = new TargetWorld({
      secretsDir: settings.secretsDir,
      controlTokenFile: settings.controlTokenFile,
      cluster: { env, ownPod: settings.ownPod, namespaces: settings.drillNamespaces },
      // Each request of a load is a trace of its own, with a link to the run's.
      propagator: telemetry.propagator('link'),
    });
    const worker = new ServiceWorker({
      service,
      redisUrl,
      world,
      limits: { maxRuns, maxSegments },
      telemetry: forQueues,
      onError,
    });
    this.#state = { kind: 'working', service, worker };
    return undefined;
  }
}
