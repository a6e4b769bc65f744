import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import {
  KeyRing,
  SealedChannel,
  createEcdhKeyPair,
  createServerHandshake,
  createStandardSecret,
  signStandardV1,
} from '@nx/crypto';
import type { Benchmark } from '../benchmark';

const ALGORITHM = 'aes-256-gcm';
const TAG = { authTagLength: 16 };
/** As long as the push of a settled transaction. */
const TEXT = JSON.stringify({ event: 'observation/payment/transaction/settled', data: 'x'.repeat(340) });
const AAD = { table: 'WebhookConfig', column: 'secret', rowId: 'IQBapalCzY' };

const key = createSecretKey(randomBytes(32));
const ring = KeyRing.parse(`k1:${'secret '.repeat(8)}`);
const sealed = ring.seal(TEXT, AAD);
const frameSender = new SealedChannel(key);
const clientPublicKey = createEcdhKeyPair().publicKey.toString('base64');
const clientPoint = Buffer.from(clientPublicKey, 'base64');
const webhookSecret = createStandardSecret();
const webhookKey = Buffer.from(webhookSecret.slice('whsec_'.length), 'base64');
const message = { id: 'evt_IQBapalCzY', timestampSeconds: 1_790_000_000, rawBody: TEXT };

/** Bytes in, bytes out: no text form, no additional data. */
function bareSeal(): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv(ALGORITHM, key, iv, TAG);
  return Buffer.concat([iv, cipher.update(TEXT, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

const bareSealed = bareSeal();

function bareOpen(): string {
  const decipher = createDecipheriv(ALGORITHM, key, bareSealed.subarray(0, 12), TAG);
  decipher.setAuthTag(bareSealed.subarray(-16));
  return Buffer.concat([decipher.update(bareSealed.subarray(12, -16)), decipher.final()]).toString('utf8');
}

function bareAgreement(): Buffer {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  return Buffer.from(hkdfSync('sha256', pair.computeSecret(clientPoint), randomBytes(32), 'info', 32));
}

export const BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'key-ring seal',
    what: '400 bytes to the stored text form, bound to table, column and row',
    subject: () => ring.seal(TEXT, AAD),
    floor: { what: 'createCipheriv, random IV, to bytes', run: bareSeal },
  },
  {
    name: 'key-ring open',
    what: 'the stored text form back',
    subject: () => ring.open(sealed, AAD),
    floor: { what: 'createDecipheriv from bytes', run: bareOpen },
  },
  {
    name: 'stream frame',
    what: '400 bytes to the `encrypted` frame with base64 members',
    subject: () => frameSender.seal(TEXT),
    floor: { what: 'createCipheriv, random IV, to bytes', run: bareSeal },
  },
  {
    name: 'stream handshake',
    what: "key pair, shared key and salt of the server's side",
    subject: () => createServerHandshake(clientPublicKey),
    floor: { what: 'createECDH, computeSecret, hkdfSync', run: bareAgreement },
  },
  {
    name: 'webhook signature v1',
    what: 'Standard Webhooks signature of a 400-byte body',
    subject: () => signStandardV1(webhookSecret, message),
    floor: {
      what: 'createHmac sha256 of the body',
      run: () => createHmac('sha256', webhookKey).update(TEXT).digest('base64'),
    },
  },
];
