import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { ProblemError, isOwnRequest } from '#libs/service';
import type { Telemetry } from '#libs/telemetry';
import { ApiModule, type ApiModuleOptions } from './api.module.ts';
import { openApiDocument } from './openapi/open-api-document.ts';
import { toProblem } from './problem/to-problem.ts';

/** The largest body that is read: a campaign with its request bodies. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const PROBES = ['healthz', 'readyz', 'metrics'];

export interface ApiOptions extends ApiModuleOptions {
  /** Puts a span around each request. Default: none. */
  readonly telemetry?: Telemetry | undefined;
}

/** The application, ready to listen. */
export async function createApi(options: ApiOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ bodyLimit: MAX_BODY_BYTES, routerOptions: { maxParamLength: 250 } });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.of(options), adapter, {
    logger: ['error', 'warn', 'fatal'],
  });
  app.setGlobalPrefix('api/v1', { exclude: PROBES });
  const fastify = app.getHttpAdapter().getInstance();
  const { telemetry, tokens } = options;
  if (telemetry?.isOn) {
    fastify.addHook('onRequest', (request, reply, done) => telemetry.serve(request.raw, reply.raw, done));
  }
  if (tokens === undefined) {
    fastify.addHook('onRequest', (request, reply, done) => {
      const { host, origin } = request.headers;
      if (isOwnRequest({ host, origin })) return done();
      const refusal = new ProblemError(
        'foreign_request',
        `without sign-in only this machine is served, got Host ${host}`,
      );
      const body = JSON.stringify(toProblem(refusal, request.url));
      return void reply.code(refusal.status).type('application/problem+json').send(body);
    });
  }
  SwaggerModule.setup('docs', app, openApiDocument(app), { jsonDocumentUrl: 'api/v1/openapi.json' });
  await app.init();
  // Nest reads forms and texts too; here a body is JSON or nothing.
  fastify.removeContentTypeParser(['text/plain', 'application/x-www-form-urlencoded']);
  await fastify.ready();
  return app;
}
