import type { FastifyInstance } from 'fastify';
import { AppError } from '@nx/contracts';
import type { HttpRequest } from './request';
import { settingsIn, type RouteSettings } from './route-settings';

/** Deepest nesting of arrays and objects in a JSON body: our own deepest DTO has five levels. */
export const MAX_JSON_DEPTH = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether a JSON text nests deeper than `limit`, found on the bytes before anything is parsed: a bomb of brackets
 * costs one pass. Bytes inside strings do not count.
 */
export function exceedsDepth(json: Uint8Array, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const byte = json[index];
    if (inString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}

const malformed = (detail: string): AppError => new AppError({ code: 'request.malformed', detail });

const settingsOf = (request: HttpRequest): RouteSettings => settingsIn(request.routeOptions.config);

const takesRaw = (settings: RouteSettings, contentType: string): boolean => {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return settings.rawTypes?.some((type) => type === '*' || type === mediaType) ?? false;
};

/**
 * JSON with prototype keys refused and a limit of depth, its bytes kept for signatures; any other type only on
 * routes that declare it. Limits per route are set when the route is registered.
 */
export function installBodyParsing(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.addHook('onRoute', (route) => {
    const limit = settingsIn(route.config).bodyLimitBytes;
    if (limit !== undefined) route.bodyLimit = limit;
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: HttpRequest, body: Buffer, done) => {
    request.rawBody = body;
    const settings = settingsOf(request);
    if (settings.unparsed === true) return done(null, body);
    // An action without input: clients often send the header with an empty body.
    if (body.length === 0) return done(null, {});
    if (exceedsDepth(body, MAX_JSON_DEPTH))
      return done(malformed(`The body nests deeper than ${MAX_JSON_DEPTH} levels.`));
    void parseJson(request, body.toString('utf8'), (error, value) => {
      if (error === null || error === undefined) done(null, value);
      else done(malformed('The body is not well-formed JSON.'));
    });
  });
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (request: HttpRequest, body: Buffer, done) => {
    if (!takesRaw(settingsOf(request), request.headers['content-type'] ?? '')) {
      if (body.length === 0) return done(null, {});
      const detail = 'This route takes application/json.';
      return done(new AppError({ code: 'request.unsupported_media_type', detail }));
    }
    request.rawBody = body;
    done(null, body);
  });
}
