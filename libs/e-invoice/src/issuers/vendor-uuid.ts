import { createHash } from 'node:crypto';
import type { ProviderKey } from './issuer';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Ours alone, made once; another one would give every invoice a second key. */
const NAMESPACE = '6e1f4b52-9d0a-5c37-8f43-2a7be0c4d915';

/**
 * Our key in the shape of a UUID, for vendors that take nothing else: a request id of that shape as it is, any other as
 * the UUID version 5 (RFC 9562 §5.5) of tax code and request id. The same key gives the same UUID for ever.
 */
export function vendorUuid(key: ProviderKey): string {
  if (UUID.test(key.requestId)) return key.requestId.toLowerCase();
  return uuidV5(NAMESPACE, `${key.taxCode}/${key.requestId}`);
}

/** UUID version 5 of a name in a namespace (RFC 9562 §5.5). */
export function uuidV5(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  const bytes = hash.subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
