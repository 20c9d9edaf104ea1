import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { ProblemError, isOwnRequest } from '#libs/service';
import type { Telemetry } from '#libs/telemetry';
import { ApiModule, type ApiModuleOptions } from './api.module.ts';
import { HARDENING } from './hardening.ts';
import { pathOf } from './http.ts';
import { openApiDocument } from './openapi/open-api-document.ts';
import { answerBrokenRequest, answerUnroutable } from './problem/broken-request.ts';
import { sendProblem } from './problem/send-problem.ts';
import { toProblem } from './problem/to-problem.ts';

/** The largest body that is read: a campaign with its request bodies. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** The longest id in a path. */
const MAX_PARAM_LENGTH = 200;
/** How long a request may take to arrive, and its header of that. */
const REQUEST_TIMEOUT_MS = 30_000;
const PROBES = ['healthz', 'readyz', 'metrics'];
const DOCS = 'docs';

export interface ApiOptions extends ApiModuleOptions {
  /** Puts a span around each request. Default: none. */
  readonly telemetry?: Telemetry | undefined;
}

/** The application, ready to listen. */
export async function createApi(options: ApiOptions): Promise<NestFastifyApplication> {
  const { telemetry, tokens } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: answerUnroutable,
    clientErrorHandler: answerBrokenRequest,
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.of(options), adapter, {
    logger: ['error', 'warn', 'fatal'],
  });
  app.setGlobalPrefix('api/v1', { exclude: PROBES });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(HARDENING);
    // But for the docs, no answer is anybody's to keep.
    if (!request.url.startsWith(`/${DOCS}`)) reply.header('cache-control', 'no-store');
    done();
  });
  if (telemetry?.isOn) {
    fastify.addHook('onRequest', (request, reply, done) => telemetry.serve(request.raw, reply.raw, done));
  }
  if (tokens === undefined) {
    fastify.addHook('onRequest', (request, reply, done) => {
      const { host, origin } = request.headers;
      if (isOwnRequest({ host, origin })) return done();
      const refusal = new ProblemError('foreign_request', foreignSentence(host, origin));
      return sendProblem(reply, toProblem(refusal, pathOf(request)));
    });
  }
  // The description holds no secret, so it is open to those who have no token yet.
  const document = openApiDocument(app);
  SwaggerModule.setup(DOCS, app, document, { jsonDocumentUrl: 'api/v1/openapi.json', raw: ['json'] });
  // The front door, until there is a dashboard behind it.
  fastify.get('/', (_request, reply) => reply.redirect(`/${DOCS}`));
  await app.init();
  // Nest reads forms and texts too; here a body is JSON or nothing.
  fastify.removeContentTypeParser(['text/plain', 'application/x-www-form-urlencoded']);
  await fastify.ready();
  return app;
}

function foreignSentence(host: string | undefined, origin: string | undefined): string {
  const from = origin === undefined ? '' : ` from Origin ${origin}`;
  return `without sign-in only this machine is served, got Host ${host}${from}`;
}
