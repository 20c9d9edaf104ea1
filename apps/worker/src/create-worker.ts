import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { WorkerModule, type WorkerModuleOptions } from './worker.module.ts';

/** The application, ready to listen for probes. Its jobs begin by themselves. */
export async function createWorker(options: WorkerModuleOptions): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    WorkerModule.of(options),
    new FastifyAdapter(),
    { logger: ['error', 'warn', 'fatal'] },
  );
  return app.init();
}
