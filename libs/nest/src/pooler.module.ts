import { Module, type DynamicModule, type FactoryProvider, type Provider } from '@nestjs/common';
import { PoolerError } from '#libs/kernel';
import { ClientRegistry } from './client-registry.ts';
import { clientToken } from './client-token.ts';
import type {
  OptionsSource,
  PoolerModuleAsyncOptions,
  PoolerModuleOptions,
  PoolerOptionsFactory,
  UnnamedOptions,
} from './options.ts';
import { PoolerHealthIndicator } from './pooler-health.indicator.ts';

/** The options of one client, seen only in the module of that client. */
const OPTIONS = Symbol('options of a pooler client');
/** Who makes them. */
const OPTIONS_FACTORY = Symbol('options factory of a pooler client');

/** What all clients of an application share, once. */
@Module({
  providers: [ClientRegistry, PoolerHealthIndicator],
  exports: [ClientRegistry, PoolerHealthIndicator],
})
class PoolerCoreModule {}

/**
 * Clients for a Nest application, each to be injected wherever it is needed.
 *
 * @example
 * `@Module({ imports: [PoolerModule.forRoot({ name: 'orders', deadlineMs: 2_000 })] })` in the root module, then
 * `constructor(@InjectClient('orders') private readonly orders: Client) {}` in a provider or controller.
 *
 * On shutdown (`app.close()`, or a signal after `app.enableShutdownHooks()`) clients work on while handlers finish,
 * then they are drained; whatever takes longer than `drainTimeoutMs` is cut.
 */
@Module({})
export class PoolerModule {
  /** A client with these options. Called again with another `name`, it gives another client. */
  static forRoot(options: PoolerModuleOptions = {}): DynamicModule {
    const { name, ...unnamed } = options;
    return moduleOf(name, { providers: [{ provide: OPTIONS, useValue: unnamed }] });
  }

  /**
   * A client with options that other providers know.
   * @throws PoolerError `PLR_INVALID_ARGUMENT` unless exactly one of useFactory, useClass and useExisting is given.
   */
  static forRootAsync({ name, imports, ...source }: PoolerModuleAsyncOptions): DynamicModule {
    return moduleOf(name, { imports, providers: optionProviders(source) });
  }
}

function moduleOf(
  name: string | undefined,
  { imports = [], providers }: Pick<DynamicModule, 'imports'> & { readonly providers: Provider[] },
): DynamicModule {
  const client: FactoryProvider = {
    provide: clientToken(name),
    inject: [ClientRegistry, OPTIONS],
    useFactory: (registry: ClientRegistry, options: UnnamedOptions) => registry.open(name, options),
  };
  return {
    module: PoolerModule,
    global: true,
    imports: [PoolerCoreModule, ...imports],
    providers: [...providers, client],
    exports: [client.provide, PoolerCoreModule],
  };
}

function optionProviders(source: OptionsSource): Provider[] {
  const given = ['useFactory', 'useClass', 'useExisting'].filter((key) => key in source);
  if (given.length !== 1) {
    const got = given.join(' and ') || 'none';
    const sentence = `PoolerModule.forRootAsync takes exactly one of useFactory, useClass and useExisting, got ${got}`;
    throw new PoolerError('PLR_INVALID_ARGUMENT', sentence, { phase: 'argument' });
  }
  if ('useFactory' in source) {
    const { inject = [], useFactory } = source;
    return [{ provide: OPTIONS, inject, useFactory }];
  }
  return [
    { provide: OPTIONS_FACTORY, ...source },
    {
      provide: OPTIONS,
      inject: [OPTIONS_FACTORY],
      useFactory: (factory: PoolerOptionsFactory) => factory.createPoolerOptions(),
    },
  ];
}
