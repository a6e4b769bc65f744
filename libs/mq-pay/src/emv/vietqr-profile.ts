import { bankByBin } from './banks';
import type { Bank } from './banks';
import { buildEmv, findEmv, NAPAS_GUID, parseEmv } from './emv';
import { EmvError } from './emv-error';
import { checkText, demandedText } from './field-checks';
import { readMerchantFields, writeMerchantFields } from './merchant-fields';
import type { MerchantFields } from './merchant-fields';

/** QRIBFTTA: transfer to an account · QRIBFTTC: to a card · QRPUSH: payment to a merchant · QRCASH: cash at an ATM. */
export type VietQrService = 'QRIBFTTA' | 'QRIBFTTC' | 'QRPUSH' | 'QRCASH';

/** NAPAS VietQR: template 38 with the bank and the account within, around them EMV's common objects. */
export interface VietQr extends MerchantFields {
  /** Six digits. */
  readonly bankBin: string;
  /** At most 19: letters and digits of an account, digits only of a card. */
  readonly account: string;
  readonly service: VietQrService;
}

export interface VietQrOptions {
  /** Only these banks are allowed; without a table any BIN of six digits is. */
  readonly banks?: readonly Bank[];
}

const SERVICES: readonly VietQrService[] = ['QRIBFTTA', 'QRIBFTTC', 'QRPUSH', 'QRCASH'];
const BIN = { maximum: 6, pattern: /^[0-9]{6}$/ };
const SERVICE = { maximum: 8 };

/** Writes a VietQR code. Throws `EmvError` that names the object. */
export function buildVietQr(qr: VietQr, options: VietQrOptions = {}): string {
  const account = {
    id: '38',
    children: [
      { id: '00', value: NAPAS_GUID },
      {
        id: '01',
        children: [
          { id: '00', value: checkBin(checkText(qr.bankBin, '38.01.00', BIN), options) },
          { id: '01', value: checkText(qr.account, '38.01.01', accountRule(qr.service)) },
        ],
      },
      { id: '02', value: checkService(qr.service) },
    ],
  };
  return buildEmv(writeMerchantFields(account, qr));
}

/** Reads a VietQR code and checks every object that the profile knows. Throws `EmvError` that names the object. */
export function readVietQr(text: string, options: VietQrOptions = {}): VietQr {
  const nodes = parseEmv(text);
  const guid = findEmv(nodes, '38', '00');
  if (guid === undefined) throw new EmvError('38.00', 'MISSING', 'the code is no VietQR');
  if (guid !== NAPAS_GUID) throw new EmvError('38.00', 'BAD_VALUE', 'the scheme is not VietQR');
  const bankBin = checkBin(demandedText(nodes, '38.01.00', BIN), options);
  const service = checkService(demandedText(nodes, '38.02', SERVICE));
  const account = demandedText(nodes, '38.01.01', accountRule(service));
  return { bankBin, account, service, ...readMerchantFields(nodes) };
}

function checkBin(bin: string, { banks }: VietQrOptions): string {
  if (banks !== undefined && bankByBin(bin, banks) === undefined) {
    throw new EmvError('38.01.00', 'BAD_VALUE', 'names no bank of the table');
  }
  return bin;
}

function checkService(text: string): VietQrService {
  const service = SERVICES.find((known) => known === text);
  if (service === undefined) throw new EmvError('38.02', 'BAD_VALUE', `is none of ${SERVICES.join(', ')}`);
  return service;
}

function accountRule(service: VietQrService): { maximum: number; pattern: RegExp } {
  return { maximum: 19, pattern: service === 'QRIBFTTC' ? /^[0-9]+$/ : /^[A-Za-z0-9]+$/ };
}
