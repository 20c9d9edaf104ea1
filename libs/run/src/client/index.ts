export type { ClosableFaults } from './closable-faults.ts';
export { ClientLoad, type ClientLoadOptions, type PoolCounts } from './client-load.ts';
export { outerFaultsOf, type OuterFaultsOptions } from './outer-faults.ts';
export { canaryOf, type PoolCanary } from './pool-canary.ts';
