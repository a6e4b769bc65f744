import { randomFillSync, type KeyObject } from 'node:crypto';
import { IV_BYTES, KEY_BYTES, TAG_BYTES, gcmOpen, gcmSeal } from './aead';
import { decodeStrict } from './base64';
import { ChannelError } from './channel-error';
import type { RandomBytes } from './hash';
import { decodeUtf8 } from './utf8';

/** `data` of an `encrypted` frame: standard base64 of the IV and of ciphertext ‖ tag. */
export interface SealedFrame {
  readonly iv: string;
  readonly ct: string;
}

/** How many accepted IVs a session remembers to refuse a repeated frame. */
export const REMEMBERED_IVS = 4096;
/** The longest frame, in characters of its JSON or of its ciphertext: what a connection may hold back at most. */
export const MAX_FRAME_CHARACTERS = 1_048_576;

/** One call of the system's source gives IVs for many messages. */
const ivs = Buffer.alloc(IV_BYTES * 512);
let nextIv = ivs.length;

/** Valid until the next 512 were given out; each is given once. */
function freshIv(): Buffer {
  if (nextIv >= ivs.length) {
    randomFillSync(ivs);
    nextIv = 0;
  }
  nextIv += IV_BYTES;
  return ivs.subarray(nextIv - IV_BYTES, nextIv);
}

/** The key of whatever is sealed or opened right now: the cipher takes a copy of it. */
const keyInUse = Buffer.alloc(KEY_BYTES);

/**
 * One session's encryption: AES-256-GCM, random 12-byte IV per message, tag appended, no additional data. Sealing is
 * synchronous, so that frames that are sent at once leave in the order in which their messages were sealed.
 *
 * A server has tens of thousands of idle ones. So the key is kept as a text of 32 characters: a `KeyObject` with what
 * belongs to it takes six times the memory, a `Buffer` four times, and neither seals faster.
 */
export class SealedChannel {
  /** IVs that were accepted, once there are any. */
  private seen: Set<string> | undefined;
  private readonly keyText: string;
  private readonly random: RandomBytes | undefined;

  constructor(key: KeyObject, { random }: { readonly random?: RandomBytes } = {}) {
    this.keyText = key.export().toString('latin1');
    this.random = random;
  }

  /** Encrypts one message. */
  seal(plaintext: string): SealedFrame {
    const iv = this.random?.(IV_BYTES) ?? freshIv();
    return { iv: iv.toString('base64'), ct: gcmSeal(this.key(), iv, plaintext).toString('base64') };
  }

  /**
   * Decrypts one message, given as the frame's `data` or its JSON text.
   * @throws ChannelError `malformed`, `too_large`, `forged`, or `repeated_iv` for one of the last 4,096 accepted
   */
  open(frame: unknown): string {
    const { iv, ct } = readFrame(frame);
    if (ct.length > MAX_FRAME_CHARACTERS) throw new ChannelError('too_large');
    const ivBytes = decodeStrict(iv, 'base64');
    const sealed = decodeStrict(ct, 'base64');
    if (ivBytes?.length !== IV_BYTES || sealed === undefined || sealed.length < TAG_BYTES)
      throw new ChannelError('malformed');
    if (this.seen?.has(iv) === true) throw new ChannelError('repeated_iv');
    const bytes = this.decrypt(ivBytes, sealed);
    this.remember(iv);
    const plaintext = decodeUtf8(bytes);
    if (plaintext === undefined) throw new ChannelError('malformed');
    return plaintext;
  }

  /** Valid until another channel asks for its own. */
  private key(): Buffer {
    keyInUse.write(this.keyText, 'latin1');
    return keyInUse;
  }

  private decrypt(iv: Buffer, sealed: Buffer): Buffer {
    try {
      return gcmOpen(this.key(), iv, sealed);
    } catch {
      throw new ChannelError('forged');
    }
  }

  /** Only authentic frames are remembered, so that forged ones cannot push real ones out of the window. */
  private remember(iv: string): void {
    const seen = (this.seen ??= new Set<string>());
    seen.add(iv);
    if (seen.size <= REMEMBERED_IVS) return;
    for (const oldest of seen) {
      seen.delete(oldest);
      return;
    }
  }
}

function readFrame(frame: unknown): SealedFrame {
  const value = typeof frame === 'string' ? parseJson(frame) : frame;
  if (typeof value !== 'object' || value === null || !('iv' in value) || !('ct' in value))
    throw new ChannelError('malformed');
  if (typeof value.iv !== 'string' || typeof value.ct !== 'string') throw new ChannelError('malformed');
  return { iv: value.iv, ct: value.ct };
}

function parseJson(text: string): unknown {
  if (text.length > MAX_FRAME_CHARACTERS) throw new ChannelError('too_large');
  try {
    return JSON.parse(text);
  } catch {
    throw new ChannelError('malformed');
  }
}
