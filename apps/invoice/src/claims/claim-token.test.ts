import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClaimTokens, hashOfToken, isClaimToken } from './claim-token';

const RING = 'new:a-secret-of-enough-characters,old:another-secret-of-enough';

describe('claim tokens', () => {
  const tokens = new ClaimTokens(RING);

  it('have the shape of a UUID and can be drawn again from id and version alone', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 1_000_000 }), (id, version) => {
        const { token, hash, keyId } = tokens.make(id, version);
        expect(isClaimToken(token)).toBe(true);
        expect(token[14]).toBe('8');
        expect(hash).toBe(hashOfToken(token));
        expect(hash).not.toContain(token);
        expect(new ClaimTokens(RING).again(keyId, id, version)).toBe(token);
      }),
    );
  });

  it('differ by request, version and key', () => {
    const all = [
      tokens.make('r1', 1).token,
      tokens.make('r1', 2).token,
      tokens.make('r2', 1).token,
      new ClaimTokens('new:other-secret-of-enough-characters').make('r1', 1).token,
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('made under a key that is gone cannot be drawn again', () => {
    const { keyId } = tokens.make('r1', 1);
    expect(new ClaimTokens('old:another-secret-of-enough').again(keyId, 'r1', 1)).toBeUndefined();
  });

  it.each(['', 'x', 'a:short', 'a:a-secret-of-enough-characters,a:another-secret-of-enough'])(
    'refuse the ring "%s"',
    (ring) => {
      expect(() => new ClaimTokens(ring)).toThrow(/key|Entry/);
    },
  );

  it.each(['', '../etc', '0B7C1A52-8D4E-8C11-9F3A-2B6D5E4F7A80', 'x'.repeat(36)])('"%s" is none', (text) => {
    expect(isClaimToken(text)).toBe(false);
  });
});
