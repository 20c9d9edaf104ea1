import { Module, type DynamicModule } from '@nestjs/common';
import type { MetricsPage } from '#libs/telemetry';
import { Jobs } from './jobs/jobs.ts';
import { METRICS_PAGE, ProbesController } from './probes/probes.controller.ts';

export interface WorkerModuleOptions {
  readonly jobs: Jobs;
  readonly metrics: MetricsPage;
}

/** The worker: jobs from the queues, and probes that say how it is. What it does, `#libs/service` does. */
@Module({})
export class WorkerModule {
  static of({ jobs, metrics }: WorkerModuleOptions): DynamicModule {
    return {
      module: WorkerModule,
      controllers: [ProbesController],
      providers: [
        { provide: Jobs, useValue: jobs },
        { provide: METRICS_PAGE, useValue: metrics },
      ],
    };
  }
}
