import ipaddr from 'ipaddr.js';
import type { HttpRequest } from './request';

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);
const FORWARDING = /^(origin|forwarded|x-forwarded-.*)$/;

/** Whether a textual address is of the loopback range, IPv4 mapped into IPv6 included. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined || !ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'loopback';
}

/**
 * Whether a request provably comes from the machine itself: the TCP peer is a loopback address, `Host` is a
 * loopback name, and nothing says that a browser or a proxy stands between (`Origin`, `Forwarded`,
 * `X-Forwarded-*`). All three are needed: a DNS-rebound page has the peer, a sidecar has the peer and the host.
 */
export function isLoopback(request: HttpRequest): boolean {
  if (!isLoopbackAddress(request.raw.socket.remoteAddress)) return false;
  const host = (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (!LOOPBACK_NAMES.has(host)) return false;
  return !Object.keys(request.headers).some((name) => FORWARDING.test(name));
}
