import { createCipheriv, randomBytes } from 'node:crypto';
import type { Claims } from './personas';

export type ClaimsCipher = 'cbc' | 'gcm';

/** These stay in clear, because verifiers need them before they can decrypt. */
const CLEAR = new Set(['iss', 'sub', 'aud', 'jti', 'nbf', 'exp', 'iat']);

/** The secret's first 32 characters, right-padded with ASCII `0`, as UTF-8. */
function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(0, 32).padEnd(32, '0'), 'utf8');
}

/** base64(`iv16 ‖ [tag16 for GCM] ‖ ciphertext`). `iv` is given by tests only. */
export function encryptText(text: string, secret: string, cipher: ClaimsCipher, iv: Buffer = randomBytes(16)): string {
  if (cipher === 'cbc') {
    const cbc = createCipheriv('aes-256-cbc', keyOf(secret), iv);
    return Buffer.concat([iv, cbc.update(text, 'utf8'), cbc.final()]).toString('base64');
  }
  const gcm = createCipheriv('aes-256-gcm', keyOf(secret), iv);
  const body = Buffer.concat([gcm.update(text, 'utf8'), gcm.final()]);
  return Buffer.concat([iv, gcm.getAuthTag(), body]).toString('base64');
}

/** Names and values of all but the registered claims are encrypted; roles become `id|identifier|priority`. */
export function encryptClaims(claims: Claims, secret: string, cipher: ClaimsCipher): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(claims)) {
    if (CLEAR.has(name)) {
      result[name] = value;
      continue;
    }
    const plain =
      name === 'roles' && Array.isArray(value)
        ? value.map(
            (role: { id: string; identifier: string; priority: number }) =>
              `${role.id}|${role.identifier}|${role.priority}`,
          )
        : value;
    result[encryptText(name, secret, cipher)] = encryptText(JSON.stringify(plain), secret, cipher);
  }
  return result;
}
