import { AppError, type Permission } from '@nx/contracts';
import { isLoopback, singleHeader, type HttpRequest } from '@nx/http';
import { AccessControl } from './access-control';
import { TokenVerifier } from './token-verifier';

/** What the gate needs of an application: its providers by class. */
interface Providers {
  get<T>(type: abstract new (...args: never[]) => T, options: { strict: boolean }): T;
}

const BEARER = /^Bearer ([A-Za-z0-9._-]+)$/i;

/**
 * The guard of what is mounted beside Nest's routes, where the global guard does not reach (the queues' dashboard):
 * the machine itself by the loopback rule, else an operator's token with the permission. True = may pass. Throws
 * only what is no refusal, for example that the key set cannot be read.
 */
export const operatorGate = (
  app: Providers,
  permissionOf: (request: HttpRequest) => Permission,
  options: { readonly trustLoopback?: boolean } = {},
): ((request: HttpRequest) => Promise<boolean>) => {
  const verifier = app.get(TokenVerifier, { strict: false });
  const access = app.get(AccessControl, { strict: false });
  return async (request) => {
    if (options.trustLoopback !== false && isLoopback(request)) return true;
    const token = BEARER.exec(singleHeader(request, 'authorization') ?? '')?.[1];
    if (token === undefined) return false;
    try {
      const actor = await access.actorOf(await verifier.verify(token), request.headers);
      return actor.isOperator && (await access.can(actor, permissionOf(request), null));
    } catch (error) {
      if (error instanceof AppError && error.code.startsWith('auth.')) return false;
      throw error;
    }
  };
};
