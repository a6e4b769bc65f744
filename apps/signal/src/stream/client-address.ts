import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

/** Neighbours of the private network may say for whom they forward; nobody else is believed. */
const TRUSTED = new Set(['loopback', 'linkLocal', 'uniqueLocal', 'private']);

const parsed = (text: string): string | undefined =>
  ipaddr.isValid(text) ? ipaddr.process(text).toString() : undefined;
const isTrusted = (address: string): boolean => TRUSTED.has(ipaddr.parse(address).range());

/** The address of the client of an upgrade request: the last one that no trusted neighbour has vouched for. */
export function clientAddress(request: IncomingMessage): string {
  let address = parsed(request.socket.remoteAddress ?? '');
  if (address === undefined) return 'unknown';
  const header = request.headers['x-forwarded-for'];
  const forwarded = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').toReversed();
  for (const hop of forwarded) {
    const next = parsed(hop.trim());
    if (!isTrusted(address) || next === undefined) break;
    address = next;
  }
  return address;
}
