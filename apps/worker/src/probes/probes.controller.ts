import { Controller, Get, Header, Inject, ServiceUnavailableException } from '@nestjs/common';
import type { MetricsPage } from '#libs/telemetry';
import { Jobs } from '../jobs/jobs.ts';

/** The page behind `/metrics`. */
export const METRICS_PAGE = Symbol('metrics page');

/** All that a worker answers: it gets its work from the queues. */
@Controller()
export class ProbesController {
  readonly #jobs: Jobs;
  readonly #metrics: MetricsPage;

  constructor(jobs: Jobs, @Inject(METRICS_PAGE) metrics: MetricsPage) {
    this.#jobs = jobs;
    this.#metrics = metrics;
  }

  /** The process lives. */
  @Get('healthz')
  health(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Jobs are taken. */
  @Get('readyz')
  async ready(): Promise<{ status: 'ok' }> {
    if (await this.#jobs.isReady()) return { status: 'ok' };
    throw new ServiceUnavailableException('Redis does not answer');
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.#metrics.render();
  }
}
