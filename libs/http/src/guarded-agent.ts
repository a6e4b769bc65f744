import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { buildConnector } from 'undici';
import {
  OutboundClient,
  type OutboundCall,
  type OutboundLimits,
  type OutboundRequest,
  type OutboundResponse,
} from './outbound-client';
import { RefusedAddressError } from './outbound-errors';
import { guardAddress, guardUrl, type AllowedNetworks } from './url-guard';

/** Finds all addresses of a name. */
export type Resolver = (host: string) => Promise<LookupAddress[]>;

const systemResolver: Resolver = (host) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true, verbatim: true }, (error, addresses) =>
      error === null ? resolve(addresses) : reject(error),
    );
  });

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/**
 * A look-up for connecting: the name is resolved once, every address must be admitted, and what was checked is what
 * is connected to, so a name that changes between check and use gains nothing.
 */
const guardedLookup =
  (protocol: string, allowed: AllowedNetworks, resolver: Resolver) =>
  (host: string, options: LookupOptions, callback: LookupCallback): void => {
    resolver(host)
      .then((addresses) => {
        for (const { address } of addresses) guardAddress(address, protocol, allowed);
        const first = addresses[0];
        if (first === undefined) throw new RefusedAddressError('name has no address');
        return { addresses, first };
      })
      .then(
        ({ addresses, first }) =>
          options.all === true ? callback(null, addresses) : callback(null, first.address, first.family),
        (error: unknown) => callback(error instanceof Error ? error : new Error('look-up failed'), []),
      );
  };

const guardedConnector = (
  allowed: AllowedNetworks,
  timeoutMs: number,
  resolver: Resolver,
): buildConnector.connector => {
  const connectorFor = (protocol: string): buildConnector.connector =>
    buildConnector({
      timeout: timeoutMs,
      lookup: guardedLookup(protocol, allowed, resolver),
    });
  const secure = connectorFor('https:');
  const plain = connectorFor('http:');
  return (options, callback) => {
    // Literals never reach a look-up, so they are checked here too.
    const host = options.hostname.replace(/^\[|\]$/g, '');
    try {
      if (isIP(host) !== 0) guardAddress(host, options.protocol, allowed);
    } catch (error) {
      callback(error instanceof Error ? error : new Error('refused'), null);
      return;
    }
    (options.protocol === 'https:' ? secure : plain)(options, callback);
  };
};

/**
 * The client for addresses that others choose (webhooks): spec of the SSRF guard in `url-guard.ts`, applied to the
 * URL before each call and to the address at each connection. Redirects are never followed.
 */
export class GuardedAgent {
  private readonly client: OutboundClient;

  constructor(
    private readonly allowed: AllowedNetworks,
    limits: OutboundLimits = {},
    resolver: Resolver = systemResolver,
  ) {
    this.client = new OutboundClient(limits, guardedConnector(allowed, limits.connectTimeoutMs ?? 2000, resolver));
  }

  /** As `OutboundClient.request`; also throws `RefusedAddressError`, which never counts for the breaker. */
  async request(request: OutboundRequest, call: OutboundCall): Promise<OutboundResponse> {
    guardUrl(request.url, this.allowed);
    return this.client.request(request, call);
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
