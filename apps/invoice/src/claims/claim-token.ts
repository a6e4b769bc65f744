import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { KeyRingError, sha256Hex } from '@nx/crypto';

/** A token as it is handed out, and what is stored of it. */
export interface ClaimToken {
  /** Shaped as a UUID: 128 bits of an HMAC. */
  readonly token: string;
  readonly hash: string;
  readonly keyId: string;
}

const TOKEN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a text that could be a token; others are refused without a look into the database. */
export const isClaimToken = (text: string): boolean => TOKEN.test(text);

/** What the table keeps of a token: a fast hash is enough for 128 random-looking bits. */
export const hashOfToken = (token: string): string => sha256Hex(`claim-token:${token}`);

/**
 * Makes claim tokens from the request's id and version, so that the code of a receipt can be drawn again without the
 * token being stored. Whoever has the database alone can make none.
 */
@Injectable()
export class ClaimTokens {
  private readonly keys: ReadonlyMap<string, string>;
  private readonly currentKeyId: string;

  /** `ring` is `<id>:<secret>,<id>:<secret>`; the first makes new tokens. Throws `KeyRingError` without the value. */
  constructor(ring: string) {
    const entries = ring.split(',').map((part, index): [string, string] => {
      const match = /^([A-Za-z0-9_-]{1,64}):(.{16,})$/.exec(part.trim());
      const [, id, secret] = match ?? [];
      if (id === undefined || secret === undefined) {
        throw new KeyRingError(
          `Entry ${index + 1} of the claim keys needs an id and a secret of 16 characters or more.`,
        );
      }
      return [id, secret];
    });
    this.keys = new Map(entries);
    if (this.keys.size !== entries.length) throw new KeyRingError('A key id stands twice in the claim keys.');
    this.currentKeyId = entries[0]?.[0] ?? '';
  }

  /** The token of a new request or of a raised version, under the current key. */
  make(requestId: string, version: number): ClaimToken {
    return this.under(this.currentKeyId, requestId, version) ?? this.missing(this.currentKeyId);
  }

  /** The token that was handed out, drawn again; undefined when its key is no longer in the ring. */
  again(keyId: string, requestId: string, version: number): string | undefined {
    return this.under(keyId, requestId, version)?.token;
  }

  private under(keyId: string, requestId: string, version: number): ClaimToken | undefined {
    const key = this.keys.get(keyId);
    if (key === undefined) return undefined;
    const digest = createHmac('sha256', key).update(`nx.claim.v1\n${requestId}\n${version}`).digest();
    const bytes = digest.subarray(0, 16);
    // RFC 9562 §5.8: version 8 and the variant bits, so that strict readers take it; 122 bits of the HMAC remain.
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    const hex = bytes.toString('hex');
    const token = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    return { token, hash: hashOfToken(token), keyId };
  }

  private missing(keyId: string): never {
    throw new KeyRingError(`The claim keys have no key "${keyId}".`);
  }
}
