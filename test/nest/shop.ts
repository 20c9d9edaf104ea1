// An application of a stranger: it knows Pooler by its doors only.
import {
  Controller,
  Get,
  Module,
  Param,
  ServiceUnavailableException,
  type DynamicModule,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pooler';
import { InjectClient, PoolerHealthIndicator } from 'pooler/nest';

export class ShopSettings {
  readonly pricesUrl: string;
  readonly ordersUrl: string;

  constructor(pricesUrl: string, ordersUrl = pricesUrl) {
    this.pricesUrl = pricesUrl;
    this.ordersUrl = ordersUrl;
  }
}

@Controller()
class ShopController {
  readonly #prices: Client;
  readonly #orders: Client;
  readonly #settings: ShopSettings;
  readonly #health: PoolerHealthIndicator;

  constructor(
    prices: Client,
    @InjectClient('orders') orders: Client,
    settings: ShopSettings,
    health: PoolerHealthIndicator,
  ) {
    this.#prices = prices;
    this.#orders = orders;
    this.#settings = settings;
    this.#health = health;
  }

  @Get('prices/:path')
  async price(@Param('path') path: string): Promise<{ status: number; body: string }> {
    const response = await this.#prices.request(`${this.#settings.pricesUrl}/${path}`);
    return { status: response.statusCode, body: await response.body.text() };
  }

  /** Two requests, one after the other. */
  @Get('orders/:path')
  async order(@Param('path') path: string): Promise<{ statuses: number[] }> {
    const statuses: number[] = [];
    while (statuses.length < 2) {
      const response = await this.#orders.request(`${this.#settings.ordersUrl}/${path}`);
      await response.body.dump();
      statuses.push(response.statusCode);
    }
    return { statuses };
  }

  @Get('health')
  health(): object {
    const result = { ...this.#health.check('prices'), ...this.#health.check('orders', 'orders') };
    if (result.prices.status === 'up' && result.orders.status === 'up') return result;
    throw new ServiceUnavailableException(result);
  }
}

@Module({ controllers: [ShopController] })
class ShopModule {}

/** The shop, listening on a free port. */
export async function openShop(
  settings: ShopSettings,
  clients: DynamicModule[],
): Promise<NestFastifyApplication> {
  const root: DynamicModule = {
    module: ShopModule,
    imports: clients,
    providers: [{ provide: ShopSettings, useValue: settings }],
  };
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), {
    abortOnError: false,
    logger: false,
  });
  await app.listen(0, '127.0.0.1');
  return app;
}
