import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '@nx/contracts';
import type { AuthorityStatus } from '../invoices/invoice';
import { AUTHORITY_NOTICES, authorityAfter, isAuthorityNotice, type AuthorityNotice } from './authority-state';
import { readNotice } from './notice';

const NOTICES = Object.keys(AUTHORITY_NOTICES) as AuthorityNotice[];

describe('the word of the authority', () => {
  it.each<[AuthorityStatus, AuthorityNotice, AuthorityStatus]>([
    ['PENDING', 'invoice.signed', 'PENDING'],
    ['PENDING', 'invoice.coded', 'CODED'],
    ['NOT_REQUIRED', 'invoice.accepted', 'ACCEPTED'],
    ['CODED', 'invoice.accepted', 'ACCEPTED'],
    ['ACCEPTED', 'invoice.coded', 'ACCEPTED'],
    ['ACCEPTED', 'invoice.rejected', 'REJECTED'],
    ['REJECTED', 'invoice.accepted', 'REJECTED'],
  ])('%s, then %s, is %s', (before, type, after) => {
    expect(authorityAfter(before, type)).toBe(after);
  });

  it('comes to the same in whatever order, and however often, the notices come', () => {
    const end = (notices: readonly AuthorityNotice[]): AuthorityStatus =>
      notices.reduce<AuthorityStatus>((status, type) => authorityAfter(status, type), 'PENDING');
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...NOTICES)), fc.infiniteStream(fc.nat()), (notices, order) => {
        const shuffled = [...notices, ...notices].toSorted(() => ((order.next().value ?? 0) % 2 === 0 ? 1 : -1));
        expect(end(shuffled)).toBe(end(notices));
      }),
    );
    expect(isAuthorityNotice('toString')).toBe(false);
  });
});

describe('the body of a notice', () => {
  const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

  it('keeps what is said, and makes it storable', () => {
    const body = `{"id":"n1","type":"invoice.coded","data":{"a\\u0000":"x\\u0000\\ud800y","n":12345678901234567890,"l":[1.5,"𝄞"]}}`;
    expect(readNotice(bytes(body))).toEqual({
      id: 'n1',
      type: 'invoice.coded',
      data: { 'a\uFFFD': 'x\uFFFD\uFFFDy', n: '12345678901234567890', l: [1.5, '𝄞'] },
    });
  });

  it.each([
    ['no JSON', '{', 'request.malformed'],
    ['not UTF-8', Buffer.from([0x7b, 0xff]), 'request.malformed'],
    ['a list', '[]', 'request.invalid'],
    ['null', 'null', 'request.invalid'],
    ['an id with a space', { id: 'a b', type: 'x', data: {} }, 'request.invalid'],
    ['data that is a list', { id: 'a', type: 'x', data: [] }, 'request.invalid'],
    ['data that is too deep', { id: 'a', type: 'x', data: nested(33) }, 'request.invalid'],
    ['a bomb', `{"id":"a","type":"x","data":{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`, 'request.invalid'],
  ])('%s is refused', (_what, body, code) => {
    const read = (): unknown => readNotice(Buffer.isBuffer(body) ? body : bytes(body));
    expect(read).toThrow(expect.objectContaining({ code }));
  });

  it('is read or refused, whatever the bytes are', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        fc.jsonValue(),
        (raw, data) => {
          for (const body of [Buffer.from(raw), bytes({ id: 'n', type: 't', data })]) {
            try {
              JSON.stringify(readNotice(body).data);
            } catch (error) {
              expect(error).toBeInstanceOf(AppError);
            }
          }
        },
      ),
    );
  });
});
