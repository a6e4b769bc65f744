import type { RandomBytes } from '@nx/crypto';
import { XmlError } from '../xml/xml-error';

/** The authority, or an organisation (V) or taxpayer (K) with its tax code without dash. */
export const PARTY_PATTERN = /^(?:TCT|[VK](?:\d{10}|\d{13}))$/;
/** Sender's code and 32 capital hexadecimal digits, fresh for each message. */
export const MESSAGE_ID_PATTERN = /^(?:TCT|[VK](?:\d{10}|\d{13}))[0-9A-F]{32}$/;

const RANDOM_BYTES = 16;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The code of a party: `V` for T-VAN and software organisations, `K` for taxpayers. Throws XmlError. */
export function partyCode(kind: 'V' | 'K', taxCode: string): string {
  return checkedParty(`${kind}${taxCode.replaceAll('-', '')}`);
}

/** A fresh MTDiep. Throws XmlError for a sender that is none. */
export function newMessageId(sender: string, random: RandomBytes): string {
  return checkedParty(sender) + random(RANDOM_BYTES).toString('hex').toUpperCase();
}

/** The MTDiep that belongs to a UUID for ever, so that the same request cannot become two messages. Throws XmlError. */
export function messageIdOfUuid(sender: string, uuid: string): string {
  if (!UUID.test(uuid)) throw new XmlError('/TDiep/TTChung/MTDiep', 'needs a UUID');
  return checkedParty(sender) + uuid.replaceAll('-', '').toUpperCase();
}

function checkedParty(code: string): string {
  if (PARTY_PATTERN.test(code)) return code;
  throw new XmlError('/TDiep/TTChung/MNGui', 'must be TCT, or V or K with 10 or 13 digits');
}
