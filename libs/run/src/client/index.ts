export { canaryOf, type PoolCanary } from './pool-canary.ts';
export { ClientLoad, type ClientLoadOptions, type PoolCounts } from './client-load.ts';
