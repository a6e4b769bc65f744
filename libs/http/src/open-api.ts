import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

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
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  for (const path of Object.keys(document.paths)) if (path.startsWith('/internal/')) delete document.paths[path];
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
