import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ProblemError, Service } from '#libs/service';
import type { MetricsPage } from '#libs/telemetry';
import { Requires } from '../access/requires.ts';

/** The page behind `/metrics`. */
export const METRICS_PAGE = Symbol('metrics page');

@ApiExcludeController()
@Controller()
export class ProbesController {
  readonly #service: Service;
  readonly #metrics: MetricsPage;

  constructor(service: Service, @Inject(METRICS_PAGE) metrics: MetricsPage) {
    this.#service = service;
    this.#metrics = metrics;
  }

  /** The process lives. */
  @Get('healthz')
  @Requires('nobody')
  health(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Requests will be answered. */
  @Get('readyz')
  @Requires('nobody')
  async ready(): Promise<{ status: 'ok' }> {
    if (await this.#service.isReady()) return { status: 'ok' };
    throw new ProblemError('unavailable', 'Redis does not answer');
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.#metrics.render();
  }
}
