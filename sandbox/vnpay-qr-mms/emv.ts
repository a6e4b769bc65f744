/** EMVCo merchant-presented QR: `ID(2) LEN(2) VALUE`, tag 63 last, with the CRC over everything up to and with `6304`. */

export interface QrContent {
  readonly masterMerCode: string;
  readonly merchantCode: string;
  readonly merchantType: string;
  readonly amount: string;
  readonly merchantName: string;
  readonly city: string;
  readonly billNumber: string;
  readonly storeLabel: string;
  readonly terminalId: string;
  readonly purpose: string;
}

/** CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, nothing reflected, no final XOR; four upper-case hex digits. */
export function crc16(text: string): string {
  let crc = 0xffff;
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1)
      crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}

function field(id: string, value: string): string {
  if (value === '') return '';
  if (value.length > 99) throw new Error(`EMV tag ${id} is longer than 99 characters`);
  return `${id}${String(value.length).padStart(2, '0')}${value}`;
}

export function buildQr(content: QrContent): string {
  const additional = [
    field('01', content.billNumber),
    field('03', content.storeLabel),
    field('07', content.terminalId),
    field('08', content.purpose),
  ].join('');
  const body = [
    field('00', '01'),
    field('01', '12'),
    field('26', field('00', content.masterMerCode) + field('01', content.merchantCode)),
    field('52', content.merchantType),
    field('53', '704'),
    field('54', content.amount),
    field('58', 'VN'),
    field('59', content.merchantName),
    field('60', content.city),
    field('62', additional),
  ].join('');
  return `${body}6304${crc16(`${body}6304`)}`;
}

function parseFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const length = text.slice(at + 2, at + 4);
    if (!/^\d{2}$/.test(text.slice(at, at + 2)) || !/^\d{2}$/.test(length)) throw new Error('not an EMV code');
    const value = text.slice(at + 4, at + 4 + Number(length));
    if (value.length !== Number(length)) throw new Error('an EMV field is cut short');
    fields.set(text.slice(at, at + 2), value);
    at += 4 + value.length;
  }
  return fields;
}

/** What a buyer's phone reads from the screen. Throws Error when the lengths or the CRC are wrong. */
export function readQr(text: string): { merchantCode: string; billNumber: string; terminalId: string; amount: string } {
  const fields = parseFields(text);
  if (fields.get('63') !== crc16(text.slice(0, -4)) || !text.slice(-8).startsWith('6304')) throw new Error('wrong CRC');
  for (let tag = 26; tag <= 51; tag += 1) {
    const template = parseFields(fields.get(String(tag)) ?? '');
    if (tag === 38) parseFields(template.get('01') ?? '');
  }
  const account = parseFields(fields.get('26') ?? '');
  const additional = parseFields(fields.get('62') ?? '');
  return {
    merchantCode: account.get('01') ?? '',
    billNumber: additional.get('01') ?? '',
    terminalId: additional.get('07') ?? '',
    amount: fields.get('54') ?? '',
  };
}
