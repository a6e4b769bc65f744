import { DocumentBuilder, getSchemaPath, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ERROR_CATALOGUE, statusOf, type ErrorCode } from '@nx/contracts';
import { ProblemDocument } from './api-problems';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** What every operation can answer with, besides what it says itself. */
const COMMON: readonly ErrorCode[] = [
  'request.malformed',
  'request.rate_limited',
  'service.internal',
  'service.unavailable',
];
const AUTHENTICATED: readonly ErrorCode[] = ['auth.unauthenticated', 'auth.forbidden'];

type Security = readonly object[] | undefined;

const isOpen = (security: Security): boolean =>
  security?.some((requirement) => Object.keys(requirement).length === 0) ?? false;

const commonResponses = (security: Security) =>
  Object.fromEntries(
    [...COMMON, ...(isOpen(security) ? [] : AUTHENTICATED)].map((code) => [
      String(statusOf(code)),
      {
        description: `\`${code}\`: ${ERROR_CATALOGUE[code].remedy}`,
        content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDocument) } } },
      },
    ]),
  );

/** Makes the OpenAPI document of an app; internal routes are no part of it. */
export function openApiDocument(
  app: NestFastifyApplication,
  about: { readonly title: string; readonly description: string; readonly version: string },
): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle(about.title)
    .setDescription(about.description)
    .setVersion(about.version)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'ES256 token of identity' })
    .addSecurityRequirements('bearer');
  const document = SwaggerModule.createDocument(app, builder.build(), {
    extraModels: [ProblemDocument],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  for (const path of Object.keys(document.paths)) if (path.startsWith('/internal/')) delete document.paths[path];
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (operation === undefined) continue;
      for (const [status, response] of Object.entries(commonResponses(operation.security)))
        operation.responses[status] ??= response;
    }
  }
  return document;
}

/** Serves Swagger UI at `<base>/doc` and the document at `<base>/doc/openapi.json`. */
export function serveOpenApi(app: NestFastifyApplication, basePath: string, document: OpenAPIObject): void {
  const root = basePath.replace(/^\//, '');
  SwaggerModule.setup(`${root}/doc`, app, document, {
    jsonDocumentUrl: `${root}/doc/openapi.json`,
    yamlDocumentUrl: `${root}/doc/openapi.yaml`,
  });
}
