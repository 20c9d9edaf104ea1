import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import {
  CampaignService,
  IdempotencyKeys,
  LeverService,
  RunService,
  ScheduleService,
  Service,
  TargetService,
  type TokenList,
} from '#libs/service';
import type { MetricsPage } from '#libs/telemetry';
import { AccessGuard, TOKENS } from './access/access.guard.ts';
import { CampaignsController } from './campaigns/campaigns.controller.ts';
import { Closing } from './closing.ts';
import { METRICS_PAGE, ProbesController } from './probes/probes.controller.ts';
import { ProblemFilter } from './problem/problem.filter.ts';
import { requestPipe } from './problem/request.pipe.ts';
import { RunsController } from './runs/runs.controller.ts';
import { SafetyLeverController } from './safety-lever/safety-lever.controller.ts';
import { SchedulesController } from './schedules/schedules.controller.ts';
import { TargetsController } from './targets/targets.controller.ts';

export interface ApiModuleOptions {
  readonly service: Service;
  /** Without them nobody signs in. */
  readonly tokens: TokenList | undefined;
  readonly metrics: MetricsPage;
}

/** The REST service: one folder for each resource. What it decides, `#libs/service` decides. */
@Module({})
export class ApiModule {
  static of({ service, tokens, metrics }: ApiModuleOptions): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        TargetsController,
        CampaignsController,
        RunsController,
        SchedulesController,
        SafetyLeverController,
        ProbesController,
      ],
      providers: [
        Closing,
        { provide: Service, useValue: service },
        { provide: TargetService, useValue: service.targetService },
        { provide: CampaignService, useValue: service.campaignService },
        { provide: RunService, useValue: service.runService },
        { provide: LeverService, useValue: service.leverService },
        { provide: ScheduleService, useValue: service.scheduleService },
        { provide: IdempotencyKeys, useValue: service.idempotencyKeys },
        { provide: TOKENS, useValue: tokens },
        { provide: METRICS_PAGE, useValue: metrics },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_PIPE, useFactory: requestPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
