import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency, Type } from '@nestjs/common';
import type { ClientOptions } from '#libs/client';
import { invalidArgument, numberOption } from '#libs/kernel';

/** What can be set of a client in a Nest application. Its `name` is also the name to inject it by. */
export interface PoolerModuleOptions extends ClientOptions {
  /**
   * How long requests may go on once the application shuts down, from the start of the shutdown; what is left then is cut.
   * Default 10,000; range 0 to 600,000. Source: our choice, below the 30 s that Kubernetes gives a pod
   * (`terminationGracePeriodSeconds`).
   */
  readonly drainTimeoutMs?: number | undefined;
}

/** The options of a client whose name is known already. */
export type UnnamedOptions = Omit<PoolerModuleOptions, 'name'>;

/** Makes the options of a client, for `useClass` and `useExisting`. */
export interface PoolerOptionsFactory {
  createPoolerOptions(): UnnamedOptions | Promise<UnnamedOptions>;
}

/** Where options come from that other providers know. */
export type OptionsSource =
  | {
      // oxlint-disable-next-line typescript/no-explicit-any -- only the caller knows what is injected
      readonly useFactory: (...dependencies: any[]) => UnnamedOptions | Promise<UnnamedOptions>;
      /** The arguments of `useFactory`. */
      readonly inject?: Array<InjectionToken | OptionalFactoryDependency>;
    }
  | { readonly useClass: Type<PoolerOptionsFactory> }
  | { readonly useExisting: InjectionToken<PoolerOptionsFactory> };

/** As `PoolerModuleOptions`, by other providers. The name stands outside, since it is needed before they are made. */
export type PoolerModuleAsyncOptions = OptionsSource &
  Pick<ModuleMetadata, 'imports'> & { readonly name?: string | undefined };

const DRAIN_TIMEOUT_MS = 10_000;
const DRAIN_TIMEOUT_MAX_MS = 600_000;

export interface ResolvedOptions {
  readonly clientOptions: ClientOptions;
  readonly drainTimeoutMs: number;
}

/** Takes the options of the client from those of the module. Throws `PLR_INVALID_ARGUMENT`. */
export function resolveOptions(name: string | undefined, options: UnnamedOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null)
    throw invalidArgument('the options of PoolerModule', options, 'an object');
  const { drainTimeoutMs = DRAIN_TIMEOUT_MS, ...clientOptions } = options;
  return {
    clientOptions: { ...clientOptions, name },
    drainTimeoutMs: numberOption('drainTimeoutMs', drainTimeoutMs, 0, DRAIN_TIMEOUT_MAX_MS),
  };
}
