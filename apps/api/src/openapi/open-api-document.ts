import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { isSchema, jsonSchemaOf } from '#libs/contracts';

/** Describes every route of the application, in OpenAPI 3.1. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Pooler')
    .setDescription('Load campaigns, fault campaigns and chaos drills through a resilient HTTP pool.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer' })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
    standardSchemaConverter: (schema) => {
      const own = isPosted(schema) ? schema.schema : schema;
      return isSchema(own) ? jsonSchemaOf(own) : undefined;
    },
  });
  return asProblems(document);
}

function isPosted(schema: unknown): schema is { readonly schema: unknown } {
  return typeof schema === 'object' && schema !== null && !isSchema(schema) && 'schema' in schema;
}

/** Nest gives every answer of a route the same content type; that of a problem is its own (RFC 9457 section 3). */
function asProblems(document: OpenAPIObject): OpenAPIObject {
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.put, path.post, path.delete]) {
      for (const [status, response] of Object.entries(operation?.responses ?? {})) {
        if (Number(status) < 400 || !response || !('content' in response)) continue;
        response.content = { 'application/problem+json': response.content?.['application/json'] ?? {} };
      }
    }
  }
  return document;
}
