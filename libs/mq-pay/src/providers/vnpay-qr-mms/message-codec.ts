import { constantTimeEqualHex } from '@nx/crypto';
import { WireObject } from '../../wire-json';
import { UnsignableFieldError } from './checksum';
import { messageChecksum } from './message-layout';
import type { QrMmsMessageField, QrMmsMessageLayout, QrMmsMessageValues } from './message-layout';

export type QrMmsMessageProblem =
  /** The text is no JSON object, or names a member twice. */
  | 'NOT_JSON'
  | 'MISSING'
  /** Neither a text nor a number. */
  | 'BAD_TYPE'
  | 'TOO_LONG'
  | 'BAD_VALUE'
  /** A signed member contains `|`, which separates them. */
  | 'SEPARATOR'
  | 'BAD_CHECKSUM';

/** A message that cannot be written or believed, with the member at fault; empty for the text as a whole. */
export class QrMmsMessageError extends RangeError {
  override readonly name = 'QrMmsMessageError';

  constructor(
    readonly field: string,
    readonly problem: QrMmsMessageProblem,
  ) {
    super(`${field === '' ? 'The message' : field}: ${problem}`);
  }
}

/**
 * Writes a message as JSON with its checksum, in the order of the layout. `unsigned` adds members that the layout does
 * not know, e.g. `addData`. Throws `QrMmsMessageError` for what the receiver would refuse.
 */
export function writeQrMmsMessage<Name extends string>(
  layout: QrMmsMessageLayout<Name>,
  values: QrMmsMessageValues<Name>,
  secret: string,
  unsigned: Readonly<Record<string, unknown>> = {},
): string {
  checkValues(layout, values);
  const members = layout.fields.map(({ name, numeric }) => {
    const value = values[name];
    return [name, numeric === true && value !== null ? Number(value) : value];
  });
  const checksum = checksumOf(layout, values, secret);
  return JSON.stringify({ ...Object.fromEntries(members), ...unsigned, [layout.checksumName]: checksum });
}

/**
 * Reads a message and verifies its checksum in constant time, upper and lower case alike. An absent member that may be
 * empty is empty; members that the layout does not know are left alone. Throws `QrMmsMessageError`.
 */
export function readQrMmsMessage<Name extends string>(
  layout: QrMmsMessageLayout<Name>,
  text: string,
  secret: string,
): QrMmsMessageValues<Name> {
  const message = WireObject.parse(text);
  if (message === null) throw new QrMmsMessageError('', 'NOT_JSON');
  const read = Object.fromEntries(
    layout.fields.map(({ name }) => {
      const value = scalar(message, name);
      return [name, value === undefined ? '' : value];
    }),
  ) as QrMmsMessageValues<Name>;
  checkValues(layout, read);
  const received = scalar(message, layout.checksumName);
  if (received === undefined || received === null || received === '') {
    throw new QrMmsMessageError(layout.checksumName, 'MISSING');
  }
  if (!constantTimeEqualHex(checksumOf(layout, read, secret), received)) {
    throw new QrMmsMessageError(layout.checksumName, 'BAD_CHECKSUM');
  }
  return read;
}

/** A member as it was sent; null for JSON null, undefined when absent. Throws `QrMmsMessageError`. */
export function scalar(message: WireObject, name: string): string | null | undefined {
  try {
    return message.scalar(name);
  } catch {
    throw new QrMmsMessageError(name, 'BAD_TYPE');
  }
}

function checkValues<Name extends string>(layout: QrMmsMessageLayout<Name>, values: QrMmsMessageValues<Name>): void {
  for (const field of layout.fields) checkValue(field, values[field.name]);
  const missing = layout.missing?.(values) ?? null;
  if (missing !== null) throw new QrMmsMessageError(missing, 'MISSING');
}

function checkValue(field: QrMmsMessageField<string>, value: string | null): void {
  if (value === null || value === '') {
    if (field.mandatory) throw new QrMmsMessageError(field.name, 'MISSING');
    return;
  }
  if (Array.from(value).length > field.maximum) throw new QrMmsMessageError(field.name, 'TOO_LONG');
  if (field.pattern?.test(value) === false) throw new QrMmsMessageError(field.name, 'BAD_VALUE');
}

function checksumOf<Name extends string>(
  layout: QrMmsMessageLayout<Name>,
  values: QrMmsMessageValues<Name>,
  secret: string,
): string {
  try {
    return messageChecksum(layout, values, secret);
  } catch (error) {
    if (!(error instanceof UnsignableFieldError)) throw error;
    const field = layout.covered.find((name) => values[name]?.includes('|') === true);
    throw new QrMmsMessageError(field ?? '', 'SEPARATOR');
  }
}
