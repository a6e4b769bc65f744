import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../test/vectors/emv.json';
import vnpay from '../../../../test/vectors/vnpay.json';
import { BANKS, bankByBin } from './banks';
import { buildEmv } from './emv';
import type { EmvInput } from './emv';
import { EmvError } from './emv-error';
import { anyText, refusal, sealed } from './emv.fixture';
import type { MerchantFields } from './merchant-fields';
import { buildVietQr, readVietQr } from './vietqr-profile';
import type { VietQr, VietQrService } from './vietqr-profile';
import { buildVnpayQr, checkVnpayQr, readVnpayQr } from './vnpay-profile';
import type { VnpayQr } from './vnpay-profile';

const created = vnpay.qrMms.createResponse[0]?.data ?? '';
const ACCOUNT: VietQr = { bankBin: '970416', account: '257678859', service: 'QRIBFTTA', initiation: 'STATIC' };

/** Published codes and what they say. */
const VIETQR: readonly (readonly [string, VietQr])[] = [
  [vectors.valid[0] ?? '', ACCOUNT],
  [vectors.valid[1] ?? '', { ...ACCOUNT, initiation: 'DYNAMIC', amountMinor: 10_000n, purpose: 'Chuyen tien' }],
  [vectors.valid[2] ?? '', { bankBin: '970403', account: '0011012345678', service: 'QRIBFTTA', initiation: 'STATIC' }],
];
const VNPAY: readonly (readonly [string, VnpayQr])[] = [
  [
    vectors.valid[3] ?? '',
    {
      merchantCode: '0105313144',
      initiation: 'STATIC',
      amountMinor: 21_090_000n,
      merchantName: 'CELLPHONES',
      storeLabel: 'CPSHN ONLINE',
      referenceLabel: '02190806161312785',
      terminalLabel: 'ONLHN',
      purpose: 'CellphoneS',
    },
  ],
  [
    created,
    {
      merchantCode: '88888888',
      initiation: 'DYNAMIC',
      categoryCode: '9999',
      amountMinor: 100_000n,
      merchantName: 'VNPAY TEST',
      city: 'HANOI',
      billNumber: 'VNP_TEST888',
      storeLabel: 'PSS',
      terminalLabel: 'PSSTEST',
    },
  ],
];

describe('published codes', () => {
  it.each(VIETQR)('VietQR %s', (text, qr) => {
    expect(readVietQr(text)).toEqual(qr);
    expect(buildVietQr(qr)).toBe(text);
  });

  it.each(VNPAY)('VNPAY %s', (text, qr) => {
    expect(readVnpayQr(text)).toEqual(qr);
    expect(buildVnpayQr(qr)).toBe(text);
  });

  it('are not taken for the other scheme', () => {
    expect(refusal(() => readVietQr(created))).toEqual({ path: '38.00', reason: 'MISSING' });
    expect(refusal(() => readVnpayQr(vectors.valid[0] ?? ''))).toEqual({ path: '26.00', reason: 'MISSING' });
    const foreign = (id: string): string => sealed(`000201${id}140010A00000099953037045802VN`);
    expect(refusal(() => readVietQr(foreign('38')))).toEqual({ path: '38.00', reason: 'BAD_VALUE' });
    expect(refusal(() => readVnpayQr(foreign('26')))).toEqual({ path: '26.00', reason: 'BAD_VALUE' });
  });
});

describe('fields of a VietQR', () => {
  const bad: readonly (readonly [string, Partial<VietQr>, string, string])[] = [
    ['a short BIN', { bankBin: '97041' }, '38.01.00', 'BAD_VALUE'],
    ['a long BIN', { bankBin: '9704160' }, '38.01.00', 'BAD_LENGTH'],
    ['a BIN with a letter', { bankBin: '97041A' }, '38.01.00', 'BAD_VALUE'],
    ['no account', { account: '' }, '38.01.01', 'BAD_LENGTH'],
    ['an account of 20', { account: '1'.repeat(20) }, '38.01.01', 'BAD_LENGTH'],
    ['an account with a dash', { account: '12-3' }, '38.01.01', 'BAD_VALUE'],
    ['a card with a letter', { account: '9704A', service: 'QRIBFTTC' }, '38.01.01', 'BAD_VALUE'],
    ['no amount in a dynamic code', { initiation: 'DYNAMIC' }, '54', 'MISSING'],
    ['an amount of nothing', { amountMinor: 0n }, '54', 'BAD_VALUE'],
    ['an amount below nothing', { amountMinor: -1n }, '54', 'BAD_VALUE'],
    ['an amount of 14 digits', { amountMinor: 10n ** 13n }, '54', 'BAD_VALUE'],
    ['a category of three digits', { categoryCode: '599' }, '52', 'BAD_VALUE'],
    ['a category of five digits', { categoryCode: '59999' }, '52', 'BAD_LENGTH'],
    ['a name of 26', { merchantName: 'ế'.repeat(26) }, '59', 'BAD_LENGTH'],
    ['a city of 16', { city: 'x'.repeat(16) }, '60', 'BAD_LENGTH'],
    ['a postal code of 11', { postalCode: '1'.repeat(11) }, '61', 'BAD_LENGTH'],
    ['a bill number of 26', { billNumber: 'x'.repeat(26) }, '62.01', 'BAD_LENGTH'],
    ['a store of 26', { storeLabel: 'x'.repeat(26) }, '62.03', 'BAD_LENGTH'],
    ['a reference of 26', { referenceLabel: 'x'.repeat(26) }, '62.05', 'BAD_LENGTH'],
    ['a customer of 26', { customerLabel: 'x'.repeat(26) }, '62.06', 'BAD_LENGTH'],
    ['a terminal of 26', { terminalLabel: 'x'.repeat(26) }, '62.07', 'BAD_LENGTH'],
    ['a purpose of 26', { purpose: 'x'.repeat(26) }, '62.08', 'BAD_LENGTH'],
    ['an empty purpose', { purpose: '' }, '62.08', 'BAD_LENGTH'],
    ['a line feed in the purpose', { purpose: 'a\nb' }, '62.08', 'BAD_VALUE'],
    ['half a letter in the name', { merchantName: 'a\ud800' }, '59', 'BAD_VALUE'],
    [
      'labels of 100 together',
      { billNumber: 'x'.repeat(25), storeLabel: 'x'.repeat(25), terminalLabel: 'x'.repeat(25), purpose: 'x'.repeat(9) },
      '62',
      'BAD_LENGTH',
    ],
    ['a tip of nothing', { tip: { kind: 'FIXED', amountMinor: 0n } }, '56', 'BAD_VALUE'],
    ['a share of nothing', { tip: { kind: 'PERCENTAGE', hundredthsOfPercent: 0 } }, '57', 'BAD_VALUE'],
    ['a share of all', { tip: { kind: 'PERCENTAGE', hundredthsOfPercent: 10_000 } }, '57', 'BAD_VALUE'],
    ['a broken share', { tip: { kind: 'PERCENTAGE', hundredthsOfPercent: 1.5 } }, '57', 'BAD_VALUE'],
  ];
  it.each(bad)('are refused before writing: %s', (_what, change, path, reason) => {
    expect(refusal(() => buildVietQr({ ...ACCOUNT, ...change }))).toEqual({ path, reason });
  });

  it.each<[string, Partial<VietQr>]>([
    ['19 characters of account', { account: 'A'.repeat(19) }],
    ['one character of account', { account: '1' }],
    ['a card', { account: '9704160000000000018', service: 'QRIBFTTC' }],
    ['13 digits of amount', { amountMinor: 9_999_999_999_999n }],
    ['one dong', { amountMinor: 1n, initiation: 'DYNAMIC' }],
    ['25 Vietnamese letters', { merchantName: 'ế'.repeat(25) }],
    ['15 letters of city', { city: 'x'.repeat(15), postalCode: '1'.repeat(10) }],
    [
      '99 characters of labels',
      { billNumber: 'x'.repeat(25), storeLabel: 'x'.repeat(25), purpose: 'x'.repeat(25), customerLabel: 'x'.repeat(8) },
    ],
  ])('are carried to their limit: %s', (_what, change) => {
    const qr = { ...ACCOUNT, ...change };
    expect(readVietQr(buildVietQr(qr))).toEqual(qr);
  });

  const account = (inner: string, service = '0208QRIBFTTA'): string => {
    const text = `0010A00000072701${String(inner.length).padStart(2, '0')}${inner}${service}`;
    return `38${String(text.length).padStart(2, '0')}${text}`;
  };
  const around = (objects: string, first = account('0006970416010212')): string => sealed(`000201${first}${objects}`);
  it.each([
    ['no currency', around('5802VN'), '53', 'MISSING'],
    ['another currency', around('53038405802VN'), '53', 'BAD_VALUE'],
    ['no country', around('5303704'), '58', 'MISSING'],
    ['another country', around('53037045802US'), '58', 'BAD_VALUE'],
    ['an initiation of its own', sealed(`000201010213${account('0006970416010212')}53037045802VN`), '01', 'BAD_VALUE'],
    [
      'an initiation named like a property',
      sealed(`0002010111constructor${account('0006970416010212')}53037045802VN`),
      '01',
      'BAD_VALUE',
    ],
    [
      'a dynamic code without amount',
      sealed(`000201010212${account('0006970416010212')}53037045802VN`),
      '54',
      'MISSING',
    ],
    ['an amount with a comma', around('530370454051,0005802VN'), '54', 'BAD_VALUE'],
    ['an amount with a leading zero', around('530370454030105802VN'), '54', 'BAD_VALUE'],
    ['a fraction of a dong', around('530370454041.505802VN'), '54', 'BAD_VALUE'],
    ['no amount at all', around('5303704540105802VN'), '54', 'BAD_VALUE'],
    ['14 characters of amount', around('5303704541410000000000.005802VN'), '54', 'BAD_VALUE'],
    ['a category with letters', around('520459A953037045802VN'), '52', 'BAD_VALUE'],
    ['a long city', around('53037045802VN6016ABCDEFGHIJKLMNOP'), '60', 'BAD_LENGTH'],
    ['a long purpose', around(`53037045802VN62300826${'x'.repeat(26)}`), '62.08', 'BAD_LENGTH'],
    ['a tip amount out of the blue', around('53037045602115802VN'), '56', 'CONTRADICTION'],
    ['a tip share out of the blue', around('5303704550201570155802VN'), '57', 'CONTRADICTION'],
    ['a missing tip amount', around('53037045502025802VN'), '56', 'MISSING'],
    ['a missing tip share', around('53037045502035802VN'), '57', 'MISSING'],
    ['a tip of its own', around('53037045502045802VN'), '55', 'BAD_VALUE'],
    ['a share of three decimals', around('530370455020357051.2345802VN'), '57', 'BAD_VALUE'],
    ['a share of nothing', around('530370455020357040.005802VN'), '57', 'BAD_VALUE'],
    ['no bank', around('53037045802VN', account('010212')), '38.01.00', 'MISSING'],
    ['a short BIN', around('53037045802VN', account('000597041010212')), '38.01.00', 'BAD_VALUE'],
    ['no account', around('53037045802VN', account('0006970416')), '38.01.01', 'MISSING'],
    [
      'a service of its own',
      around('53037045802VN', account('0006970416010212', '0208QRIBFTTX')),
      '38.02',
      'BAD_VALUE',
    ],
    ['no service', around('53037045802VN', account('0006970416010212', '')), '38.02', 'MISSING'],
  ])('are refused when reading: %s', (_what, text, path, reason) => {
    expect(refusal(() => readVietQr(text))).toEqual({ path, reason });
  });

  it.each([
    ['5.', 5n],
    ['5.0', 5n],
    ['5.00', 5n],
    ['9999999999999', 9_999_999_999_999n],
  ])('read the amount %s', (amount, amountMinor) => {
    const text = around(`530370454${String(amount.length).padStart(2, '0')}${amount}5802VN`);
    expect(readVietQr(text)).toMatchObject({ amountMinor });
  });

  it.each([
    ['1.5', 150],
    ['01.50', 150],
    ['00.01', 1],
    ['99.99', 9_999],
    ['7', 700],
  ])('read the share %s', (share, hundredthsOfPercent) => {
    const text = around(`530370455020357${String(share.length).padStart(2, '0')}${share}5802VN`);
    expect(readVietQr(text).tip).toEqual({ kind: 'PERCENTAGE', hundredthsOfPercent });
  });

  it.each([
    [150, '57041.50'],
    [700, '57017'],
    [1, '57040.01'],
    [9_999, '570599.99'],
  ])('write %i hundredths of a percent', (hundredthsOfPercent, object) => {
    const text = buildVietQr({ ...ACCOUNT, tip: { kind: 'PERCENTAGE', hundredthsOfPercent } });
    expect(text).toContain(`5303704550203${object}5802VN`);
  });

  it('may stand without object 01, and with others that the profile does not know', () => {
    const qr = readVietQr(around('53037045802VN64160002vi0106Cà Phê8003046'));
    expect(qr).toEqual({ bankBin: '970416', account: '12', service: 'QRIBFTTA' });
  });
});

describe('banks', () => {
  const ours = [{ bin: '970403', name: 'Sacombank' }];

  it('are found by their BIN, in our table or another', () => {
    expect(bankByBin('970436')).toEqual({ bin: '970436', name: 'Vietcombank' });
    expect(bankByBin('970403')).toBeUndefined();
    expect(bankByBin('970403', ours)?.name).toBe('Sacombank');
    expect(new Set(BANKS.map(({ bin }) => bin)).size).toBe(9);
  });

  it('limit a VietQR where a table is given', () => {
    expect(readVietQr(vectors.valid[0] ?? '', { banks: BANKS }).bankBin).toBe('970416');
    expect(refusal(() => readVietQr(vectors.valid[0] ?? '', { banks: ours }))).toEqual({
      path: '38.01.00',
      reason: 'BAD_VALUE',
    });
    expect(refusal(() => buildVietQr(ACCOUNT, { banks: ours })).path).toBe('38.01.00');
    expect(buildVietQr(ACCOUNT, { banks: BANKS })).toBe(vectors.valid[0]);
  });
});

describe('properties of the profiles', () => {
  const amount = fc.bigInt({ min: 1n, max: 9_999_999_999_999n });
  const tip = fc.oneof(
    fc.constant({ kind: 'PROMPT' as const }),
    amount.map((amountMinor) => ({ kind: 'FIXED' as const, amountMinor })),
    fc
      .integer({ min: 1, max: 9_999 })
      .map((hundredthsOfPercent) => ({ kind: 'PERCENTAGE' as const, hundredthsOfPercent })),
  );
  const fields: fc.Arbitrary<MerchantFields> = fc.record(
    {
      initiation: fc.constantFrom('STATIC', 'DYNAMIC'),
      categoryCode: fc.stringMatching(/^[0-9]{4}$/),
      amountMinor: amount,
      tip,
      merchantName: anyText(25),
      city: anyText(15),
      postalCode: anyText(10),
      billNumber: anyText(19),
      terminalLabel: anyText(19),
      purpose: anyText(25),
      storeLabel: anyText(5),
      customerLabel: anyText(5),
    },
    { requiredKeys: [] },
  );
  const vietQr = fc
    .tuple(
      fc.stringMatching(/^[0-9]{6}$/),
      fc.stringMatching(/^[0-9]{1,19}$/),
      fc.constantFrom<VietQrService>('QRIBFTTA', 'QRIBFTTC', 'QRPUSH', 'QRCASH'),
      fields,
    )
    .map(([bankBin, account, service, rest]): VietQr => ({ bankBin, account, service, ...rest }));

  it('a VietQR says what was put into it', () => {
    fc.assert(
      fc.property(vietQr, (qr) => {
        fc.pre(qr.initiation !== 'DYNAMIC' || qr.amountMinor !== undefined);
        expect(readVietQr(buildVietQr(qr))).toEqual(qr);
      }),
    );
  });

  it('a VNPAY code says what was put into it', () => {
    fc.assert(
      fc.property(anyText(20), fields, (merchantCode, rest) => {
        fc.pre(rest.initiation !== 'DYNAMIC' || rest.amountMinor !== undefined);
        const qr = { merchantCode, ...rest };
        expect(readVnpayQr(buildVnpayQr(qr))).toEqual(qr);
      }),
    );
  });

  it('reading gives a value or its own error', () => {
    const digits = fc.string({ unit: fc.constantFrom('0', '1', '2', '3', '5', 'A', 'ế'), maxLength: 9 });
    const object = fc.record({
      id: fc.constantFrom('01', '52', '53', '54', '55', '56', '57', '58', '59', '61'),
      value: digits,
    });
    const objects = fc.uniqueArray(object, { selector: ({ id }) => id });
    const read = (text: string, reader: (text: string) => unknown): void => {
      try {
        reader(text);
      } catch (error) {
        expect(error).toBeInstanceOf(EmvError);
      }
    };
    fc.assert(
      fc.property(objects, fc.constantFrom('26', '38'), digits, (list, id, account) => {
        const inner: EmvInput = {
          id,
          children: [
            { id: '00', value: id === '26' ? 'A000000775' : 'A000000727' },
            id === '26' || account === ''
              ? { id: '01', value: `0001x` }
              : {
                  id: '01',
                  children: [
                    { id: '00', value: '970416' },
                    { id: '01', value: account },
                  ],
                },
            { id: '02', value: 'QRIBFTTA' },
          ],
        };
        const text = buildEmv([{ id: '00', value: '01' }, ...list.filter(({ value }) => value !== ''), inner]);
        read(text, readVietQr);
        read(text, readVnpayQr);
      }),
    );
  });
});

describe('checkVnpayQr', () => {
  const expected = { merchantCode: '88888888', amountMinor: 100_000n, billNumber: 'VNP_TEST888' };
  const qr = readVnpayQr(created);

  it('accepts the vendor’s sample, also with a name that is too long for the profile', () => {
    expect(checkVnpayQr(created, expected)).toEqual([]);
    const long = created.slice(0, -8).replace('5910VNPAY TEST', `5930${'x'.repeat(30)}`);
    expect(checkVnpayQr(sealed(long), expected)).toEqual([]);
  });

  it.each<[string, string, object]>([
    ['The merchant is another one.', created, { ...expected, merchantCode: '88888889' }],
    ['The amount is another one.', created, { ...expected, amountMinor: 100_001n }],
    ['The bill number is another one.', created, { ...expected, billNumber: 'VNP_TEST889' }],
    ['The code asks for a tip.', buildVnpayQr({ ...qr, tip: { kind: 'PROMPT' } }), expected],
    ['The currency is not VND.', sealed(created.slice(0, -8).replace('5303704', '5303840')), expected],
    ['The country is not VN.', sealed(created.slice(0, -8).replace('5802VN', '5802US')), expected],
    ['The amount is another one.', sealed(created.slice(0, -8).replace('5406100000', '5406100,00')), expected],
    [
      'The merchant account is not VNPAY’s.',
      sealed(created.slice(0, -8).replace('A000000775', 'A000000776')),
      expected,
    ],
    ['Object 63: is 0000, not 6DF7', `${created.slice(0, -4)}0000`, expected],
  ])('%s', (problem, text, wanted) => {
    expect(checkVnpayQr(text, { ...expected, ...wanted })).toEqual([problem]);
  });

  it('names noise', () => {
    expect(checkVnpayQr('noise', expected)).toEqual(['no id at character 0']);
  });
});
