export { isOwnRequest, type RequestOrigin } from './access/own-request.ts';
export { ROLES, allows, type Role } from './access/role.ts';
export { TokenList, type Principal } from './access/token-list.ts';
export {
  refusalOfAddress,
  refusalOfHostname,
  type AddressRefusal,
  type AddressRules,
} from './allow-list/address-policy.ts';
export {
  parseApiEnvironment,
  parseWorkerEnvironment,
  type ApiEnvironment,
  type ServiceEnvironment,
  type WorkerEnvironment,
} from './environment.ts';
export { ProblemError } from './problem-error.ts';
export { isRedisDown } from './redis/connect.ts';
export { IdempotencyKeys, type KeptResponse } from './repositories/idempotency-keys.ts';
export { RunRefusedError } from './runs/run-refused-error.ts';
export type { RunDrill, RunOrder, RunTools, RunWorld } from './runs/run-world.ts';
export { ServiceWorker, type ServiceWorkerOptions } from './service-worker.ts';
export { Service, type ServiceOptions } from './service.ts';
export { CampaignService } from './services/campaign-service.ts';
export { LeverService } from './services/lever-service.ts';
export { RunService } from './services/run-service.ts';
export { ScheduleService } from './services/schedule-service.ts';
export { TargetService } from './services/target-service.ts';
export { TargetWorld, type TargetWorldOptions } from './world/target-world.ts';
