import { formDecode } from './form-encoding';
import { GatewayMessageError } from './gateway-error';
import { byName, canonicalForm } from './secure-hash';
import type { Received } from './secure-hash';

/** The largest message (a pay URL with all of its groups) stays far below both. */
const MAXIMUM_LENGTH = 16_384;
const MAXIMUM_PARAMETERS = 100;
const UNSIGNED = new Set(['vnp_SecureHash', 'vnp_SecureHashType']);

interface Piece {
  readonly name: string;
  readonly value: string;
  /** As received, still encoded. */
  readonly raw: string;
}

/**
 * Reads a query string or a form body. Names outside `vnp_` are ignored, a repeated one is refused before anything is
 * hashed, and the values come from the very map that is hashed.
 *
 * Three texts may have been signed: the values encoded again as the documents say; and, because senders use other
 * encoders, the pieces as they came, without empty ones (C#, Java) and with them (PHP).
 *
 * Throws `GatewayMessageError`.
 */
export function parseVnpParameters(text: string): Received<ReadonlyMap<string, string>> {
  const pieces = piecesOf(text);
  const values = new Map<string, string>();
  for (const { name, value } of pieces) {
    if (values.has(name)) throw new GatewayMessageError(name, 'REPEATED');
    values.set(name, value);
  }
  const signed = pieces.filter(({ name }) => !UNSIGNED.has(name));
  const canonical = canonicalForm(Object.fromEntries(signed.map(({ name, value }) => [name, value])));
  const received = [rawText(signed.filter(({ value }) => value !== '')), rawText(signed)];
  return {
    message: values,
    candidates: [canonical, ...new Set(received.filter((candidate) => candidate !== canonical))],
    secureHash: values.get('vnp_SecureHash') ?? '',
  };
}

function piecesOf(text: string): readonly Piece[] {
  if (text.length > MAXIMUM_LENGTH) throw new GatewayMessageError('', 'TOO_MUCH');
  const parts = text.split('&').filter((part) => part !== '');
  if (parts.length > MAXIMUM_PARAMETERS) throw new GatewayMessageError('', 'TOO_MUCH');
  return parts.flatMap((raw) => {
    const equals = raw.indexOf('=');
    const name = formDecode(equals < 0 ? raw : raw.slice(0, equals));
    if (name === null || !name.startsWith('vnp_')) return [];
    // The name goes into the error, so it must be one.
    if (!/^vnp_[A-Za-z0-9_]{1,64}$/.test(name)) throw new GatewayMessageError('', 'BAD_CHARACTERS');
    const value = formDecode(equals < 0 ? '' : raw.slice(equals + 1));
    if (value === null) throw new GatewayMessageError(name, 'MALFORMED');
    return [{ name, value, raw }];
  });
}

function rawText(pieces: readonly Piece[]): string {
  return pieces
    .map(({ name, raw }): readonly [string, string] => [name, raw])
    .sort(byName)
    .map(([, raw]) => raw)
    .join('&');
}
