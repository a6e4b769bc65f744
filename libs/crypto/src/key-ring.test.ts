import { createDecipheriv, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecryptError, KeyRing, KeyRingError, legacyDecrypt, legacyEncrypt, legacyKey } from './index';
import { anyFlip, flipped } from './flip.fixture';
import { vectors } from './vectors.fixture';

const place = { table: 'Configuration', column: 'credential', rowId: 'IQBapalCzY' };
const HEX_KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

const errorOf = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

describe('KeyRing', () => {
  const ring = KeyRing.parse('k2:new:secret, k1:old-secret');

  it('seals with the first key and opens with all', () => {
    expect(ring.currentKeyId).toBe('k2');
    expect(ring.keyIds).toEqual(['k2', 'k1']);
    const old = KeyRing.parse('k1:old-secret').seal('value', place);
    expect(ring.open(old, place)).toBe('value');
    expect([ring.needsReencrypt(old), ring.needsReencrypt(ring.seal('value', place))]).toEqual([true, false]);
    expect([ring.keyIdOf(old), ring.keyIdOf('AQEB')]).toEqual(['k1', undefined]);
  });

  it('opens what it sealed, any text or bytes, and never the same ciphertext twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (text, bytes) => {
        const sealed = ring.seal(text, place);
        expect(sealed).toMatch(/^v1\.k2\.[\w-]+$/);
        expect(ring.open(sealed, place)).toBe(text);
        expect(ring.seal(text, place)).not.toBe(sealed);
        expect(ring.openBytes(ring.seal(bytes, place), place).equals(bytes)).toBe(true);
      }),
    );
  });

  it('packs iv, ciphertext and tag under the HKDF key', () => {
    const sealed = Buffer.from(ring.seal('hello', place).split('.')[2] ?? '', 'base64url');
    const key = Buffer.from(hkdfSync('sha256', 'new:secret', '', 'nx.key-ring.v1', 32));
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
    decipher.setAAD(Buffer.from('["Configuration","credential","IQBapalCzY"]')).setAuthTag(sealed.subarray(-16));
    expect(decipher.update(sealed.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')).toBe('hello');
  });

  it('uses 64 hex characters as the key itself', () => {
    const hexRing = KeyRing.fromSecret(HEX_KEY, { encoding: 'hex', random: () => Buffer.alloc(12, 9) });
    const sealed = Buffer.from(hexRing.seal('hello', place).split('.')[2] ?? '', 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(HEX_KEY, 'hex'), Buffer.alloc(12, 9));
    decipher.setAAD(Buffer.from('["Configuration","credential","IQBapalCzY"]')).setAuthTag(sealed.subarray(-16));
    expect(decipher.update(sealed.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')).toBe('hello');
    expect(hexRing.currentKeyId).toBe('default');
    for (const bad of [HEX_KEY.slice(1), `${HEX_KEY}0`, HEX_KEY.replace('0', 'g')]) {
      expect(() => KeyRing.fromSecret(bad, { encoding: 'hex' })).toThrow(KeyRingError);
    }
  });

  it('opens nothing in which any bits are turned, nor in any other place', () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme' });
    const places = fc.record({ table: name, column: name, rowId: name });
    fc.assert(
      fc.property(fc.string(), places, places, anyFlip, (text, here, there, flip) => {
        const sealed = ring.seal(text, here);
        expect(ring.open(sealed, here)).toBe(text);
        const packed = flipped(Buffer.from(sealed.slice('v1.k2.'.length), 'base64url'), flip);
        const forged = `v1.k2.${packed.toString('base64url')}`;
        expect(errorOf(() => ring.open(forged, here))).toMatchObject({ name: 'DecryptError', keyId: 'k2' });
        if (JSON.stringify(here) !== JSON.stringify(there)) {
          expect(errorOf(() => ring.open(sealed, there))).toMatchObject({ name: 'DecryptError', keyId: 'k2' });
        }
      }),
    );
  });

  it('keeps the parts of a place apart', () => {
    const sealed = ring.seal('value', { table: 'a', column: 'b","c', rowId: 'd' });
    expect(() => ring.open(sealed, { table: 'a","b', column: 'c', rowId: 'd' })).toThrow(DecryptError);
  });

  it.each([{ table: '' }, { column: '' }, { rowId: '' }])('binds to nothing less than a place: %o', (change) => {
    expect(() => ring.seal('value', { ...place, ...change })).toThrow(
      new KeyRingError('A ciphertext belongs to a table, a column and a row.'),
    );
  });

  it('rotates online: whatever key sealed a row, the new ring opens it, seals it anew, and then does without the old', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.uniqueArray(fc.stringMatching(/^[\w-]{1,8}$/), { minLength: 2, maxLength: 6 }),
        (text, ids) => {
          const entries = ids.map((id) => `${id}:secret of ${id}`);
          const rows = entries.map((entry) => KeyRing.parse(entry).seal(text, place));
          const rotated = KeyRing.parse(entries.join(','));
          expect(rows.map((row) => rotated.needsReencrypt(row))).toEqual(ids.map((id) => id !== ids[0]));
          for (const row of rows) {
            const fresh = rotated.seal(rotated.open(row, place), place);
            expect(rotated.keyIdOf(fresh)).toBe(ids[0]);
            expect(KeyRing.parse(entries[0] ?? '').open(fresh, place)).toBe(text);
          }
        },
      ),
    );
  });

  it('opens bytes that are no text as bytes alone', () => {
    const sealed = ring.seal(Buffer.from([0xff, 0xfe]), place);
    expect([...ring.openBytes(sealed, place)]).toEqual([0xff, 0xfe]);
    expect(errorOf(() => ring.open(sealed, place))).toMatchObject({ name: 'DecryptError', keyId: 'k2' });
    expect(ring.open(ring.seal('\uFEFFvalue', place), place)).toBe('\uFEFFvalue');
  });

  it('takes any text to a plaintext or to its own refusal', () => {
    const texts = fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^v1\.(k1|k2|k3)\.[\w-]{0,80}$/));
    fc.assert(
      fc.property(texts, (text) => {
        expect(errorOf(() => ring.open(text, place))).toBeInstanceOf(DecryptError);
      }),
    );
  });

  it.each([{ table: 'Other' }, { column: 'secret' }, { rowId: 'IQBapalCzZ' }])(
    'does not open in another place: %o',
    (change) => {
      const sealed = ring.seal('value', place);
      expect(() => ring.open(sealed, { ...place, ...change })).toThrow(DecryptError);
    },
  );

  it('does not open what was changed in any character', () => {
    const sealed = ring.seal('top secret', place);
    for (let index = 0; index < sealed.length; index += 1) {
      const other = sealed[index] === 'A' ? 'B' : 'A';
      const changed = sealed.slice(0, index) + other + sealed.slice(index + 1);
      expect(() => ring.open(changed, place)).toThrow(DecryptError);
    }
    for (const bad of ['', 'v1', 'v1.k2.', 'v1.k2.AAAA', `${sealed}.`, `${sealed}=`, 'v2.k2.AAAA']) {
      expect(() => ring.open(bad, place)).toThrow(DecryptError);
    }
  });

  it('names place and key in its error, never a value', () => {
    const error = errorOf(() => KeyRing.parse('k9:other').open(ring.seal('top secret', place), place));
    expect(error).toMatchObject({ name: 'DecryptError', keyId: 'k2', ...place });
    expect(String(error)).toBe('DecryptError: decrypt failed: Configuration.credential of row IQBapalCzY, key k2');
    expect(JSON.stringify(error) + String(error)).not.toMatch(/top secret|new:secret|other/);
  });

  it('opens rows of the older format with any of its secrets', () => {
    const legacy = legacyEncrypt('gcm', legacyKey('old-secret'), 'value');
    expect(ring.open(legacy, place)).toBe('value');
    expect(ring.needsReencrypt(legacy)).toBe(true);
    expect(KeyRing.parse('k3:x', { legacySecrets: ['old-secret'] }).open(legacy, place)).toBe('value');
    expect(errorOf(() => KeyRing.parse('k3:x').open(legacy, place))).toMatchObject({ keyId: 'legacy' });
    expect(KeyRing.fromSecret(vectors.legacyAes.secret).open(vectors.legacyAes.gcm, place)).toBe(
      vectors.legacyAes.message,
    );
    expect(KeyRing.fromSecret('mật khẩu').open(KeyRing.fromSecret('mật khẩu').seal('x', place), place)).toBe('x');
  });

  it('refuses a ring that cannot be meant, without repeating a secret', () => {
    for (const bad of ['', 'hunter2', 'k1:', ':hunter2', 'k1:hunter2,k1:hunter2', 'k1:hunter2,', 'bad id:hunter2']) {
      const error = errorOf(() => KeyRing.parse(bad));
      expect(error).toBeInstanceOf(KeyRingError);
      expect(String(error)).not.toContain('hunter2');
    }
    expect(() => KeyRing.fromSecret('')).toThrow(new KeyRingError('Key "default" has an empty secret.'));
    const reasons = Object.entries({
      hunter2: 'Entry 1 of the key ring is not of the form <id>:<secret>.',
      'k1:a,': 'Entry 2 of the key ring is not of the form <id>:<secret>.',
      'k1:a,:b': 'Entry 2 of the key ring is not of the form <id>:<secret>.',
      'k1:a,k2:': 'Key "k2" has an empty secret.',
      'k1:a,k1:b': 'The key id "k1" stands twice in the ring.',
      'k.1:a': 'A key id consists of 1 to 64 letters, digits, "_" or "-".',
      [`${'k'.repeat(65)}:a`]: 'A key id consists of 1 to 64 letters, digits, "_" or "-".',
      [Array.from({ length: 65 }, (_, index) => `k${index}:a`).join(',')]: 'A key ring has at most 64 keys.',
    });
    for (const [text, message] of reasons) expect(() => KeyRing.parse(text)).toThrow(new KeyRingError(message));
    expect(() => KeyRing.parse('k1:00', { encoding: 'hex' })).toThrow(
      new KeyRingError('Key "k1" must be exactly 64 hex characters.'),
    );
  });

  it('takes ids of 1 to 64 characters, 64 keys, colons in secrets, and spaces around an entry', () => {
    const longest = 'k'.repeat(64);
    const wide = KeyRing.parse([`${longest}:a`, ...Array.from({ length: 63 }, (_, index) => `k${index}:a`)].join(','));
    expect(wide.keyIdOf(wide.seal('x', place))).toBe(longest);
    expect(wide.keyIds).toHaveLength(64);
    expect(Object.isFrozen(wide.keyIds)).toBe(true);
    const spaced = KeyRing.parse(' a:b:c ');
    expect(spaced.open(KeyRing.parse('a:b:c').seal('x', place), place)).toBe('x');
  });

  it('takes hex keys in either case', () => {
    const lower = KeyRing.fromSecret(HEX_KEY, { encoding: 'hex' });
    expect(KeyRing.fromSecret(HEX_KEY.toUpperCase(), { encoding: 'hex' }).open(lower.seal('x', place), place)).toBe(
      'x',
    );
    expect(() => KeyRing.fromSecret(`0${HEX_KEY}`, { encoding: 'hex' })).toThrow(KeyRingError);
  });

  it.each(['aữ', 'ữa', 'ữ'])('seals with the secret %j, which the older format could not have', (secret) => {
    const wide = KeyRing.fromSecret(secret, { legacySecrets: [secret, 'old-secret', ''] });
    expect(wide.open(wide.seal('x', place), place)).toBe('x');
    expect(wide.open(legacyEncrypt('gcm', legacyKey('old-secret'), 'value'), place)).toBe('value');
  });

  it('keeps a check value that anyone with the key can read, at the place of its key id', () => {
    const stored = ring.sealCheckValue('k1');
    const keyPlace = { table: 'KeyCheck', column: 'check_value', rowId: 'k1' };
    expect(ring.keyIdOf(stored)).toBe('k1');
    expect(ring.open(stored, keyPlace)).toBe('nx.key-check.v1');
    const other = KeyRing.parse('k1:old-secret').seal('another text', keyPlace);
    expect(errorOf(() => ring.openCheckValue('k1', other))).toMatchObject({ name: 'DecryptError', ...keyPlace });
    expect(() => ring.sealCheckValue('k7')).toThrow(new KeyRingError('The ring has no key "k7".'));
  });

  it('proves by the check value that two processes share a key', () => {
    for (const keyId of ring.keyIds) expect(() => ring.openCheckValue(keyId, ring.sealCheckValue(keyId))).not.toThrow();
    const stranger = KeyRing.parse('k2:another-secret');
    expect(errorOf(() => stranger.openCheckValue('k2', ring.sealCheckValue()))).toMatchObject({ keyId: 'k2' });
    expect(errorOf(() => stranger.openCheckValue('k1', ring.sealCheckValue('k1')))).toMatchObject({ keyId: 'k1' });
    expect(() => ring.openCheckValue('k2', ring.sealCheckValue('k1'))).toThrow(DecryptError);
    expect(errorOf(() => ring.openCheckValue('k2', 'AQEB'))).toMatchObject({ keyId: 'k2' });
    expect(() => ring.sealCheckValue('k7')).toThrow(KeyRingError);
  });
});

describe('the older format', () => {
  const { secret, message, ivHex, cbc, gcm } = vectors.legacyAes;

  it('meets the published vectors', () => {
    const fixedIv = (): Buffer => Buffer.from(ivHex, 'hex');
    expect(legacyEncrypt('cbc', legacyKey(secret), message, fixedIv)).toBe(cbc);
    expect(legacyEncrypt('gcm', legacyKey(secret), message, fixedIv)).toBe(gcm);
    expect(legacyDecrypt('cbc', legacyKey(secret), cbc)?.toString()).toBe(message);
    expect(legacyDecrypt('gcm', legacyKey(secret), gcm)?.toString()).toBe(message);
  });

  it('cuts and pads the secret', () => {
    expect(legacyKey('a'.repeat(40)).equals(legacyKey('a'.repeat(32)))).toBe(true);
    expect(legacyKey('short').export().toString()).toBe(`short${'0'.repeat(27)}`);
    for (const bad of ['', 'ữ', 'ữ'.repeat(32)]) {
      expect(() => legacyKey(bad)).toThrow(new KeyRingError('The secret must be non-empty ASCII text.'));
    }
  });

  it('carries any text in both ciphers, and GCM notices any turned bits', () => {
    const key = legacyKey('claims-secret');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), anyFlip, (text, flip) => {
        for (const mode of ['gcm', 'cbc'] as const) {
          expect(legacyDecrypt(mode, key, legacyEncrypt(mode, key, text))?.toString()).toBe(text);
        }
        const sealed = flipped(Buffer.from(legacyEncrypt('gcm', key, text), 'base64'), flip).toString('base64');
        expect(legacyDecrypt('gcm', key, sealed)).toBeUndefined();
      }),
    );
    expect(legacyEncrypt('gcm', key, 'a')).not.toBe(legacyEncrypt('gcm', key, 'a'));
  });

  it('gives nothing for foreign text or a foreign key', () => {
    for (const bad of ['', 'AAAA', '***', gcm.slice(4)])
      expect(legacyDecrypt('gcm', legacyKey(secret), bad)).toBeUndefined();
    expect(legacyDecrypt('gcm', legacyKey('other'), gcm)).toBeUndefined();
    expect(legacyDecrypt('cbc', legacyKey(secret), '')).toBeUndefined();
  });
});
