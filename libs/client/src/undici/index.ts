export type { LegacyHandler } from './handlers.ts';
export { PoolerDispatcher } from './pooler-dispatcher.ts';
