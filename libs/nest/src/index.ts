export { clientToken } from './client-token.ts';
export { InjectClient } from './inject-client.ts';
export type { PoolerModuleAsyncOptions, PoolerModuleOptions, PoolerOptionsFactory } from './options.ts';
export { PoolerHealthIndicator, type ClientHealth } from './pooler-health.indicator.ts';
export { PoolerModule } from './pooler.module.ts';
