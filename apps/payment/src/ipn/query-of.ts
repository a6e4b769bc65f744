import type { HttpRequest } from '@nx/http';

/** The query as it came, undecoded: providers sign the text and not what it means. */
export const queryOf = (request: HttpRequest): string =>
  request.url.includes('?') ? request.url.slice(request.url.indexOf('?') + 1) : '';
