import { fromBase64, toBase64 } from './base64';

/** HKDF's info of the platform's realtime channel, unless a site configures another. */
export const DEFAULT_INFO = 'ignis-ecdh-p256-aes-256-gcm-v1';

const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const;
const IV_BYTES = 12;
const REMEMBERED_IVS = 4096;

type SubtleKey = Awaited<ReturnType<typeof globalThis.crypto.subtle.importKey>>;

/** `data` of an `encrypted` frame: standard base64 of the IV and of ciphertext ‖ tag. */
export interface SealedFrame {
  readonly iv: string;
  readonly ct: string;
}

/** The client's half of the key agreement: a fresh P-256 pair for one connection. */
export class ClientHandshake {
  private constructor(
    /** Raw uncompressed point, 65 bytes, standard base64. */
    readonly publicKey: string,
    private readonly privateKey: SubtleKey,
  ) {}

  /** Makes the fresh pair with the platform's Web Crypto. */
  static async start(): Promise<ClientHandshake> {
    const pair = await globalThis.crypto.subtle.generateKey(CURVE, false, ['deriveBits']);
    const point = new Uint8Array(await globalThis.crypto.subtle.exportKey('raw', pair.publicKey));
    return new ClientHandshake(toBase64(point), pair.privateKey);
  }

  /** HKDF-SHA-256 over the X coordinate of the shared point gives the AES-256-GCM key. @throws on a bad server key */
  async complete(serverPublicKey: string, salt: string, info: string): Promise<SessionCipher> {
    const { subtle } = globalThis.crypto;
    const serverKey = await subtle.importKey('raw', fromBase64(serverPublicKey), CURVE, false, []);
    const shared = await subtle.deriveBits({ name: 'ECDH', public: serverKey }, this.privateKey, 256);
    const material = await subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
    const key = await subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: fromBase64(salt), info: new TextEncoder().encode(info) },
      material,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    );
    return new SessionCipher(key);
  }
}

/** One connection's encryption, both directions: AES-256-GCM with a random IV per message. */
export class SessionCipher {
  private readonly seen = new Set<string>();

  constructor(private readonly key: SubtleKey) {}

  /** Encrypts one message. */
  async seal(plaintext: string): Promise<SealedFrame> {
    const iv = globalThis.crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const data = new TextEncoder().encode(plaintext);
    const sealed = await globalThis.crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.key, data);
    return { iv: toBase64(iv), ct: toBase64(new Uint8Array(sealed)) };
  }

  /** Decrypts one message. @throws when it is forged, or repeats one of the last 4,096 IVs */
  async open(frame: SealedFrame): Promise<string> {
    if (this.seen.has(frame.iv)) throw new Error('The server repeated an IV.');
    const iv = fromBase64(frame.iv);
    if (iv.length !== IV_BYTES) throw new Error('The server sent an IV of a wrong length.');
    const plain = await globalThis.crypto.subtle.decrypt({ name: 'AES-GCM', iv }, this.key, fromBase64(frame.ct));
    this.remember(frame.iv);
    return new TextDecoder().decode(plain);
  }

  private remember(iv: string): void {
    this.seen.add(iv);
    if (this.seen.size <= REMEMBERED_IVS) return;
    for (const oldest of this.seen) {
      this.seen.delete(oldest);
      return;
    }
  }
}
