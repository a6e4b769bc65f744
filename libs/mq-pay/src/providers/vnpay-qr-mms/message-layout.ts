import { md5Hex } from '@nx/crypto';
import { signedText } from './checksum';

/** The members of a message, as the texts that go over the wire; null = JSON null. */
export type QrMmsMessageValues<Name extends string> = Readonly<Record<Name, string | null>>;

/** One member of a message, by the vendor's field table. */
export interface QrMmsMessageField<Name extends string> {
  readonly name: Name;
  /** In characters. */
  readonly maximum: number;
  readonly mandatory: boolean;
  /** What a value that is not empty looks like. */
  readonly pattern?: RegExp;
  /** Written as a JSON number. */
  readonly numeric?: boolean;
}

/**
 * How the covered members become a checksum (MD5 in hex).
 * JOINED: by `|`, the secret last; a null counts as the word `null`, and `|` within a member is refused.
 * JOINED_EMPTY: alike, a null counts as nothing.
 * SECRET_FIRST: the secret, then the members without separator.
 * OPEN: the members without separator and without a secret, so everybody can compute it.
 */
export type QrMmsChecksumStyle = 'JOINED' | 'JOINED_EMPTY' | 'SECRET_FIRST' | 'OPEN';

/** One kind of message: what it holds, in the order of the wire, and what its checksum covers. */
export interface QrMmsMessageLayout<Name extends string> {
  readonly fields: readonly QrMmsMessageField<Name>[];
  /** The vendor spells it both ways. */
  readonly checksumName: 'checksum' | 'checkSum';
  readonly covered: readonly Name[];
  readonly style: QrMmsChecksumStyle;
  /** Upper-case hex when we write; reading takes both. */
  readonly upperCase: boolean;
  /** A member that another one makes mandatory and that is empty. */
  readonly missing?: (values: QrMmsMessageValues<Name>) => Name | null;
}

/** The checksum of a message. Throws `UnsignableFieldError` when a joined member contains the separator. */
export function messageChecksum<Name extends string>(
  layout: QrMmsMessageLayout<Name>,
  values: QrMmsMessageValues<Name>,
  secret: string,
): string {
  const hex = md5Hex(hashedText(layout, values, secret));
  return layout.upperCase ? hex.toUpperCase() : hex;
}

function hashedText<Name extends string>(
  { covered, style }: QrMmsMessageLayout<Name>,
  values: QrMmsMessageValues<Name>,
  secret: string,
): string {
  const texts = covered.map((name) => values[name]);
  switch (style) {
    case 'JOINED':
      return `${signedText(texts)}|${secret}`;
    case 'JOINED_EMPTY':
      return `${signedText(texts.map((text) => text ?? ''))}|${secret}`;
    case 'SECRET_FIRST':
      return secret + texts.join('');
    case 'OPEN':
      return texts.join('');
  }
}
