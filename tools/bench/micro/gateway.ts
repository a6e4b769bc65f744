import { createHmac, timingSafeEqual } from 'node:crypto';
import { PROVIDERS } from '@nx/mq-pay';
import type { Benchmark } from '../benchmark';

const SECRET = 'a secret of this machine';
const SIGNED =
  'vnp_Amount=1000000&vnp_BankCode=NCB&vnp_BankTranNo=VNP14422574&vnp_CardType=ATM&vnp_OrderInfo=Thanh+toan+don+hang+DH1&vnp_PayDate=20261120091806&vnp_ResponseCode=00&vnp_TmnCode=NXGATE01&vnp_TransactionNo=14422574&vnp_TransactionStatus=00&vnp_TxnRef=ATTK3J9QX2M8F7A';
const hmac = (): Buffer => createHmac('sha512', SECRET).update(SIGNED).digest();
const hash = hmac();
const raw = { body: '', query: `${SIGNED}&vnp_SecureHash=${hash.toString('hex')}`, headers: {} };

function protocol() {
  const callbacks = PROVIDERS.get('VNPAY_GATEWAY')?.callbacks;
  if (!callbacks || callbacks.verifyCallback(raw, [SECRET]) !== 0) throw new Error('the sample IPN does not verify');
  return callbacks;
}
const callbacks = protocol();

export const BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'gateway verify',
    what: 'an IPN from its query: read, canonical form, hash, compare',
    subject: () => callbacks.verifyCallback(raw, [SECRET]),
    floor: { what: 'createHmac sha512 of the signed text, timingSafeEqual', run: () => timingSafeEqual(hmac(), hash) },
  },
];
