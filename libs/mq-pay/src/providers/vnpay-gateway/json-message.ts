import { WireObject } from '../../wire-json';
import { readFields } from './fields';
import type { FieldRule } from './fields';
import { GatewayFieldError, GatewayMessageError } from './gateway-error';
import { pipedText, secureHash } from './secure-hash';
import type { Received } from './secure-hash';

/** The documented members fill a small part of it. */
const MAXIMUM_LENGTH = 65_536;
const HASH_RULE: FieldRule = { minimum: 32, maximum: 256, optional: true };

/** A JSON message as text, signed over `order`. Throws `GatewayFieldError`. */
export function signedJson(values: Readonly<Record<string, string>>, order: readonly string[], secret: string): string {
  return JSON.stringify({ ...values, vnp_SecureHash: secureHash(pipedText(values, order), secret) });
}

/** Parses the text of a JSON message. Throws `GatewayMessageError`. */
export function parseJson(body: string): WireObject {
  if (body.length > MAXIMUM_LENGTH) throw new GatewayMessageError('', 'TOO_MUCH');
  const object = WireObject.parse(body);
  if (object === null) throw new GatewayMessageError('', 'MALFORMED');
  return object;
}

/**
 * The fields of a JSON message with the text that it signs: numbers and amounts as they were received, null and absent
 * as empty. Throws `GatewayMessageError`.
 */
export function readJsonFields<Name extends string>(
  object: WireObject,
  table: Readonly<Record<Name, FieldRule>>,
  order: readonly NoInfer<Name>[],
): Received<Readonly<Record<Name, string>>> {
  const fields = readFields(table, (name) => memberOf(object, name));
  const { vnp_SecureHash: received } = readFields({ vnp_SecureHash: HASH_RULE }, (name) => memberOf(object, name));
  return { message: fields, candidates: [signedText(fields, order)], secureHash: received };
}

/** A member as it was sent, null and absent as empty. Throws `GatewayMessageError`. */
export function memberOf(object: WireObject, name: string): string {
  try {
    return object.scalar(name) ?? '';
  } catch {
    throw new GatewayMessageError(name, 'MALFORMED');
  }
}

function signedText(fields: Readonly<Record<string, string>>, order: readonly string[]): string {
  try {
    return pipedText(fields, order);
  } catch (error) {
    if (error instanceof GatewayFieldError) throw new GatewayMessageError(error.field, error.reason);
    throw error;
  }
}
