import { createHash, timingSafeEqual } from 'node:crypto';
import { PROVIDERS } from '@nx/mq-pay';
import type { Benchmark } from '../benchmark';

const SECRET = 'a secret of this machine';
const FIELDS = [
  '00',
  '1',
  'ATTK3J9QX2M8F7A',
  '244395023',
  'VNPAYEWALLET',
  '',
  '',
  '100000',
  '20261120135624',
  '88888888',
];
const md5 = (text: string): Buffer => createHash('md5').update(text, 'utf8').digest();
const signed = `${FIELDS.join('|')}|${SECRET}`;
const checksum = md5(signed);
const names = [
  'code',
  'msgType',
  'txnId',
  'qrTrace',
  'bankCode',
  'mobile',
  'accountNo',
  'amount',
  'payDate',
  'merchantCode',
];
const body = JSON.stringify({
  ...Object.fromEntries(names.map((name, index) => [name, FIELDS[index]])),
  terminalId: 'PSSTEST',
  checksum: checksum.toString('hex').toUpperCase(),
});
const raw = { body, query: '', headers: {} };

function protocol() {
  const callbacks = PROVIDERS.get('VNPAY_QR_MMS')?.callbacks;
  if (!callbacks || callbacks.verifyCallback(raw, [SECRET]) !== 0)
    throw new Error('the sample callback does not verify');
  return callbacks;
}
const callbacks = protocol();

export const BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'QR-MMS verify',
    what: 'a callback from its JSON text: read, checksum, compare',
    subject: () => callbacks.verifyCallback(raw, [SECRET]),
    floor: { what: 'md5 of the signed text, timingSafeEqual', run: () => timingSafeEqual(md5(signed), checksum) },
  },
];
