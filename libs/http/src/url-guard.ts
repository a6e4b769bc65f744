import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { RefusedAddressError } from './outbound-errors';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** The only IPv6 space that is handed out to the public internet (RFC 4291); tunnels inside it are refused by range. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Networks that webhooks may reach although they are not public: siblings of an operator's own network. */
export class AllowedNetworks {
  private readonly networks: readonly Network[];

  /** `cidrs` as `10.0.0.0/8` or `fd00::/8`. Throws for a text that is no network. */
  constructor(cidrs: readonly string[]) {
    this.networks = cidrs.map((cidr) => ipaddr.parseCIDR(cidr));
  }

  /** Whether an address lies in one of them; a text that is no address does not. */
  holds(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return this.networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
  }
}

/** Azure's own services inside each of its machines, on an address of the public space ("What is IP address 168.63.129.16?"). */
const AZURE_PLATFORM = '168.63.129.16';

/** Whether the interface identifier of an IPv6 address holds an IPv4 one (ISATAP, RFC 5214 §6.1). */
const isIsatap = ({ parts }: ipaddr.IPv6): boolean => (parts[4] === 0 || parts[4] === 0x0200) && parts[5] === 0x5efe;

/** Whether an address is one of the public internet; everything special, private, local or mapped is not. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed instanceof ipaddr.IPv4) return parsed.toString() !== AZURE_PLATFORM;
  return parsed.match(GLOBAL_UNICAST) && !isIsatap(parsed);
}

/**
 * Throws `RefusedAddressError` for an address that is neither public nor in an allowed network; without TLS only
 * the allowed networks are reached.
 */
export function guardAddress(address: string, protocol: string, allowed: AllowedNetworks): void {
  if (allowed.holds(address)) return;
  if (!isPublicAddress(address)) throw new RefusedAddressError('address is not of the public internet');
  if (protocol !== 'https:') throw new RefusedAddressError('only https is called');
}

/** Names that are loopback by definition (RFC 6761 §6.3). */
const LOCALHOST = /(^|\.)localhost$/;

/**
 * Checks a subscriber's URL before it is stored and before each call: https, no user information, and no literal of
 * a private address in any spelling (the URL parser has already turned decimal, hex, octal and short forms into the
 * dotted one), nor `localhost`. http is admitted only for literals inside an allowed network here; for names it is decided when the
 * name is resolved. Throws `RefusedAddressError`.
 */
export function guardUrl(text: string, allowed: AllowedNetworks): URL {
  if (!URL.canParse(text)) throw new RefusedAddressError('not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new RefusedAddressError('only https is called');
  if (url.username !== '' || url.password !== '') throw new RefusedAddressError('user information in the URL');
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (host === '') throw new RefusedAddressError('no host');
  if (isIP(host) !== 0) guardAddress(host, url.protocol, allowed);
  else if (LOCALHOST.test(host) && !['127.0.0.1', '::1'].some((address) => allowed.holds(address))) {
    throw new RefusedAddressError('the name is this machine itself');
  }
  return url;
}
