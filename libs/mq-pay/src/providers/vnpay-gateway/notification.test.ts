import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/vnpay.json';
import { faultIn, hmac, NOTIFICATION, NOON, SECRET } from './gateway.fixture';
import { buildNotification, parseNotification, readGatewayReturn } from './notification';
import type { GatewayNotification } from './notification';
import { canonicalForm, verifyReceived } from './secure-hash';

/** A notification of these wire values, rightly signed whatever they are. */
const signed = (change: Record<string, string>): string => {
  const query = buildNotification(NOTIFICATION, SECRET);
  const text = canonicalForm({ ...Object.fromEntries(new URLSearchParams(query)), vnp_SecureHash: '', ...change });
  return `${text}&vnp_SecureHash=${hmac(text)}`;
};

const notification: fc.Arbitrary<GatewayNotification> = fc.record({
  tmnCode: fc.stringMatching(/^[A-Z0-9]{8}$/),
  txnRef: fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/),
  amountMinor: fc.bigInt({ min: 1n, max: 9_999_999_999n }),
  orderInfo: fc.stringMatching(/^[A-Za-z0-9 :.-]{1,255}$/),
  transactionNo: fc.stringMatching(/^[0-9]{0,15}$/),
  responseCode: fc.stringMatching(/^[0-9]{2}$/),
  transactionStatus: fc.stringMatching(/^[0-9]{2}$/),
  bankCode: fc.option(fc.stringMatching(/^[A-Z]{3,20}$/)),
  bankTransactionNo: fc.option(fc.stringMatching(/^[A-Z0-9]{1,30}$/)),
  cardType: fc.option(fc.constantFrom('ATM', 'QRCODE')),
  paidAtMs: fc.option(fc.integer({ min: 1_600_000_000, max: 4_000_000_000 }).map((seconds) => seconds * 1_000)),
});

describe('the published IPN', () => {
  const [vector] = vectors.gateway.ipn;
  if (vector === undefined) throw new Error('the vector is missing');

  it('is read and verified', () => {
    const received = parseNotification(`${vector.signed}&vnp_SecureHash=${vector.hash}`);
    expect(received.message).toEqual({
      tmnCode: 'TEST_TMN_CODE',
      txnRef: '1716257871703',
      amountMinor: 10_000n,
      orderInfo: 'Thanh toan don hang 2024-05-21T02:17:31.249Z',
      transactionNo: '14422574',
      responseCode: '00',
      transactionStatus: '00',
      bankCode: 'NCB',
      bankTransactionNo: 'VNP14422574',
      cardType: 'ATM',
      paidAtMs: Date.UTC(2024, 4, 21, 2, 18, 6),
    });
    expect(verifyReceived(received, ['other', vector.key])).toBe(1);
    expect(verifyReceived(received, ['other'])).toBeNull();
  });

  it('is refused with any one value changed', () => {
    for (const [name, value] of new URLSearchParams(vector.signed)) {
      const changed = new URLSearchParams(vector.signed);
      changed.set(name, name === 'vnp_Amount' ? '1000100' : value.replace(/.$/, (last) => (last === '1' ? '2' : '1')));
      const received = parseNotification(`${changed}&vnp_SecureHash=${vector.hash}`);
      expect(verifyReceived(received, [vector.key]), name).toBeNull();
    }
  });
});

describe('a notification', () => {
  it('comes back as it was built', () => {
    fc.assert(
      fc.property(notification, (given) => {
        const received = parseNotification(buildNotification(given, SECRET));
        expect(received.message).toEqual(given);
        expect(verifyReceived(received, [SECRET])).toBe(0);
      }),
    );
  });

  it('is refused with any one character flipped that changes what it says', () => {
    const place = fc.nat();
    const character = fc.constantFrom(...'0123456789ABCDEFabcxyz&=%+._-~');
    fc.assert(
      fc.property(notification, place, character, (given, at, other) => {
        const query = buildNotification(given, SECRET);
        const index = at % query.length;
        const flipped = query.slice(0, index) + other + query.slice(index + 1);
        // Percent signs and the hash may be written in either case; everything else says something.
        const same = (text: string): string =>
          JSON.stringify(
            [...new URLSearchParams(text)].map(([name, value]) => [
              name,
              name === 'vnp_SecureHash' ? value.toLowerCase() : value,
            ]),
          );
        fc.pre(same(flipped) !== same(query));
        let verified: number | null = null;
        const fault = faultIn(() => (verified = verifyReceived(parseNotification(flipped), [SECRET])));
        expect(verified, fault).toBeNull();
      }),
    );
  });

  it.each<[Record<string, string>, string]>([
    [{ vnp_TmnCode: '' }, 'vnp_TmnCode MISSING'],
    [{ vnp_TmnCode: 'x'.repeat(33) }, 'vnp_TmnCode TOO_LONG'],
    [{ vnp_TmnCode: 'DEMO V210' }, 'vnp_TmnCode BAD_CHARACTERS'],
    [{ vnp_TxnRef: '' }, 'vnp_TxnRef MISSING'],
    [{ vnp_TxnRef: 'x'.repeat(101) }, 'vnp_TxnRef TOO_LONG'],
    [{ vnp_TxnRef: 'x'.repeat(100) }, 'none'],
    [{ vnp_Amount: '' }, 'vnp_Amount MISSING'],
    [{ vnp_Amount: '10000001' }, 'vnp_Amount NOT_AN_AMOUNT'],
    [{ vnp_Amount: '0100' }, 'vnp_Amount NOT_AN_AMOUNT'],
    [{ vnp_Amount: '1000000000000' }, 'vnp_Amount TOO_LONG'],
    [{ vnp_TransactionNo: '1234567890123456' }, 'vnp_TransactionNo TOO_LONG'],
    [{ vnp_TransactionNo: '12a' }, 'vnp_TransactionNo BAD_CHARACTERS'],
    [{ vnp_TransactionNo: '' }, 'none'],
    [{ vnp_ResponseCode: '' }, 'vnp_ResponseCode MISSING'],
    [{ vnp_ResponseCode: '0' }, 'vnp_ResponseCode TOO_SHORT'],
    [{ vnp_ResponseCode: '000' }, 'vnp_ResponseCode TOO_LONG'],
    [{ vnp_ResponseCode: '0 ' }, 'vnp_ResponseCode BAD_CHARACTERS'],
    [{ vnp_TransactionStatus: '' }, 'vnp_TransactionStatus MISSING'],
    [{ vnp_BankCode: 'x'.repeat(21) }, 'vnp_BankCode TOO_LONG'],
    [{ vnp_BankTranNo: 'x'.repeat(256) }, 'vnp_BankTranNo TOO_LONG'],
    [{ vnp_CardType: 'x'.repeat(21) }, 'vnp_CardType TOO_LONG'],
    [{ vnp_PayDate: '202611201201000' }, 'vnp_PayDate TOO_LONG'],
    [{ vnp_PayDate: 'yesterday' }, 'none'],
    [{ vnp_OrderInfo: "Phở bò! '(*)~" }, 'none'],
  ])('with %j: %s', (change, fault) => {
    expect(faultIn(() => parseNotification(signed(change)))).toBe(fault);
  });

  it('is read although its order info is none of ours and its time is none', () => {
    const received = parseNotification(signed({ vnp_OrderInfo: "Phở bò! '(*)~+%", vnp_PayDate: '20260230000000' }));
    expect(received.message).toMatchObject({ orderInfo: "Phở bò! '(*)~+%", paidAtMs: null });
    expect(verifyReceived(received, [SECRET])).toBe(0);
  });

  it('throws nothing but its own error', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'vnp_Amount=100',
        'vnp_TmnCode=DEMOV210',
        'vnp_TxnRef=1',
        'vnp_ResponseCode=00',
        'vnp_TransactionStatus=00',
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(fc.property(fc.array(part), (parts) => faultIn(() => parseNotification(parts.join('&'))) !== ''));
  });

  it.each<[Partial<GatewayNotification>, string]>([
    [{ txnRef: 'a|b' }, 'vnp_TxnRef BAD_CHARACTERS'],
    [{ orderInfo: '' }, 'vnp_OrderInfo MISSING'],
    [{ amountMinor: 0n }, 'vnp_Amount NOT_AN_AMOUNT'],
    [{ responseCode: '0' }, 'vnp_ResponseCode TOO_SHORT'],
  ])('is not built with %o', (change, fault) => {
    expect(faultIn(() => buildNotification({ ...NOTIFICATION, ...change }, SECRET))).toBe(fault);
  });
});

describe('readGatewayReturn', () => {
  it('says what to show and who signed it, and is no evidence', () => {
    const shown = readGatewayReturn(buildNotification(NOTIFICATION, SECRET), ['old', SECRET]);
    expect(shown).toEqual({ ...NOTIFICATION, verifiedBy: 1, meaning: 'PAID' });
    for (const member of ['source', 'verdict', 'signed', 'providerReference']) expect(shown).not.toHaveProperty(member);
  });

  it.each([
    ['24', '02', 'DECLINED'],
    ['07', '07', 'IN_DOUBT'],
    ['00', '04', 'REVERSED'],
  ])('shows %s/%s as %s', (responseCode, transactionStatus, meaning) => {
    const query = buildNotification({ ...NOTIFICATION, responseCode, transactionStatus }, SECRET);
    expect(readGatewayReturn(query, [SECRET])).toMatchObject({ verifiedBy: 0, meaning });
  });

  it('tells a forged one', () => {
    const query = buildNotification({ ...NOTIFICATION, responseCode: '24', transactionStatus: '02' }, SECRET);
    const forged = query.replace('ResponseCode=24', 'ResponseCode=00').replace('Status=02', 'Status=00');
    expect(readGatewayReturn(forged, [SECRET])).toMatchObject({ verifiedBy: null, meaning: 'PAID' });
    expect(
      readGatewayReturn(buildNotification({ ...NOTIFICATION, paidAtMs: NOON }, 'k'), [SECRET]).verifiedBy,
    ).toBeNull();
  });
});
