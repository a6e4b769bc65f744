import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkInvoice } from '../check-invoice';
import type { InvoiceLine } from '../invoice';
import { problemsOf, SALE, sales } from '../invoice.fixture';
import { calculateInvoice } from './calculate-invoice';
import { changePrices, withChangedPrices, type ChangedPrice } from './change-prices';
import { returnGoods, type EarlierReturn } from './return-goods';
import { AMOUNT_MEMBERS, type AmountMember } from './sum-lines';

const TWO = calculateInvoice({ ...SALE, lines: [{ name: 'x', quantity: '2', unitPrice: '54000', taxRate: '8%' }] });
const changed = (issued: InvoiceLine | undefined): ChangedPrice[] =>
  issued === undefined ? [] : [{ ordinal: 1, issued }];

describe('changePrices', () => {
  it('takes money off with the tax that is in it, as one piece', () => {
    const { lines, totals } = changePrices({ original: TWO, changes: [{ ordinal: 1, amount: -10_800 }] });
    expect(lines).toEqual([
      {
        ordinal: 1,
        kind: 'GOODS',
        name: 'x',
        quantity: '-1',
        unitPrice: '10000',
        amountBeforeDiscount: -10_000,
        discount: 0,
        amount: -10_000,
        taxRate: '8%',
        taxAmount: -800,
        reduction: 0,
        amountAfterTax: -10_800,
      },
    ]);
    expect(totals.amountAfterTax).toBe(-10_800);
  });

  it('puts money on top where the price was too low', () => {
    const { lines } = changePrices({ original: TWO, changes: [{ ordinal: 1, amount: 5_400 }] });
    expect(lines).toMatchObject([{ quantity: '1', unitPrice: '5000', amount: 5_000, taxAmount: 400 }]);
  });

  it('shares goods that come back later by the price that stands', () => {
    const off = changePrices({ original: TWO, changes: [{ ordinal: 1, amount: -8_000 }] });
    const back = returnGoods({
      original: TWO,
      returned: [{ ordinal: 1, quantity: '1' }],
      changed: changed(off.lines[0]),
    });
    expect(back.totals.amountAfterTax).toBe(-50_000);
  });

  it.each([
    ['nothing', [], '/changes', 'must have at least one line'],
    ['an unknown line', [{ ordinal: 2, amount: -1 }], '/changes/0/ordinal', 'the invoice has no line 2'],
    ['zero', [{ ordinal: 1, amount: 0 }], '/changes/0/amount', 'must be whole đồng, not zero'],
    ['a fraction', [{ ordinal: 1, amount: -0.5 }], '/changes/0/amount', 'must be whole đồng, not zero'],
    [
      'more than is left',
      [{ ordinal: 1, amount: -108_001 }],
      '/changes/0/amount',
      'is more than the 108000 đồng that are left of line 1',
    ],
  ])('refuses %s', (_what, changes, pointer, detail) => {
    expect(problemsOf(() => changePrices({ original: TWO, changes }))).toEqual([{ pointer, detail }]);
  });

  it('refuses a line twice, and one without a price', () => {
    const change = { ordinal: 1, amount: -1 };
    expect(problemsOf(() => changePrices({ original: TWO, changes: [change, { ...change }] }))).toEqual([
      { pointer: '/changes/1/ordinal', detail: 'line 1 is named twice; add the amounts' },
    ]);
    const gift = calculateInvoice({
      ...SALE,
      lines: [
        { kind: 'PROMOTION', name: 'g', quantity: '1', unitPrice: '5', taxRate: '8%' },
        { name: 'x', unitPrice: '1', taxRate: '8%' },
      ],
    });
    expect(problemsOf(() => changePrices({ original: gift, changes: [change] }))).toEqual([
      { pointer: '/changes/0/ordinal', detail: 'the line has no price to change' },
    ]);
  });

  it('counts what goods took back: the rest alone can be taken off', () => {
    const back = returnGoods({ original: TWO, returned: [{ ordinal: 1, quantity: '1' }] });
    const returned = changed(back.lines[0]);
    const change = (amount: number) => changePrices({ original: TWO, changes: [{ ordinal: 1, amount }], returned });
    expect(change(-54_000).totals.amountAfterTax).toBe(-54_000);
    expect(problemsOf(() => change(-54_001))[0]?.pointer).toBe('/changes/0/amount');
  });
});

describe('an invoice of several lines', () => {
  const SEVERAL = calculateInvoice({
    ...SALE,
    lines: [
      { name: 'x', quantity: '2', unitPrice: '54000', taxRate: '8%' },
      { name: 'y', unitPrice: '11000', taxRate: '10%' },
      { name: 'free', unitPrice: '0', taxRate: '8%' },
    ],
  });
  const off = (ordinal: number, amount: number, earlier: readonly ChangedPrice[] = []) =>
    changePrices({ original: SEVERAL, changes: [{ ordinal, amount }], changed: earlier }).lines[0] as InvoiceLine;

  it('has its changes numbered anew, each with the tax of its own line', () => {
    const changes = [
      { ordinal: 2, amount: -1_100 },
      { ordinal: 1, amount: 10_800 },
    ];
    const { lines, notes } = changePrices({ original: { ...SEVERAL, notes: ['thanks'] }, changes });
    expect(lines).toMatchObject([
      { ordinal: 1, name: 'y', taxAmount: -100, amountAfterTax: -1_100 },
      { ordinal: 2, name: 'x', taxAmount: 800, amountAfterTax: 10_800 },
    ]);
    expect(notes).toEqual([]);
  });

  it('has what is left of one line untouched by the others', () => {
    const gone = [{ ordinal: 2, issued: off(2, -11_000) }];
    expect(off(1, -108_000, gone).amountAfterTax).toBe(-108_000);
    expect(problemsOf(() => off(2, -1, gone))).toEqual([
      { pointer: '/changes/0/amount', detail: 'is more than the 0 đồng that are left of line 2' },
    ]);
    expect(SEVERAL.lines.map((line) => withChangedPrices(line, gone).amountAfterTax)).toEqual([108_000, 0, 0]);
    expect(SEVERAL.lines.map((line) => withChangedPrices(line, gone).quantity)).toEqual(['2', '1', '1']);
  });

  it('gets money back on top of a line of which nothing was left', () => {
    const gone = [{ ordinal: 1, issued: off(1, -108_000) }];
    expect(off(1, 5_400, gone)).toMatchObject({ quantity: '1', amount: 5_000, taxAmount: 400, amountAfterTax: 5_400 });
  });

  it('has no price to change where a line costs nothing', () => {
    expect(problemsOf(() => off(3, 1_000))).toEqual([
      { pointer: '/changes/0/ordinal', detail: 'the line has no price to change' },
    ]);
  });
});

describe('any order of returns, changed prices and adjustments that were given up', () => {
  const actions = fc.array(
    fc.record({
      what: fc.constantFrom('RETURN', 'CHANGE', 'GIVE_UP'),
      part: fc.integer({ min: 1, max: 1000 }),
    }),
    { maxLength: 10 },
  );
  const millionths = (text: string): bigint => {
    const [whole = '0', fraction = ''] = text.split('.');
    return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  };
  const textOf = (units: bigint): string => `${units / 1_000_000n}.${String(units % 1_000_000n).padStart(6, '0')}`;

  it('never takes more than was issued, and the last return takes exactly what is left', () => {
    fc.assert(
      fc.property(sales, actions, ({ input }, steps) => {
        const original = calculateInvoice(input);
        const line = original.lines.find(({ kind }) => kind === 'GOODS');
        if (line === undefined) return;
        const { ordinal } = line;
        const earlier: (EarlierReturn & { issued: InvoiceLine })[] = [];
        const prices: ChangedPrice[] = [];
        const left = (member: AmountMember): number =>
          [...earlier, ...prices].reduce((sum, { issued }) => sum + issued[member], line[member]);
        const quantityLeft = (): bigint =>
          earlier.reduce((sum, { quantity }) => sum - millionths(quantity), millionths(line.quantity));
        const giveBack = (quantity: bigint): void => {
          const returned = { ordinal, quantity: textOf(quantity) };
          const back = returnGoods({ original, returned: [returned], earlier, changed: prices });
          expect(checkInvoice(back, { adjustment: true, allowance: { perLine: 1000 } })).toEqual([]);
          const [issued] = back.lines;
          if (issued !== undefined) earlier.push({ ...returned, issued });
        };
        for (const { what, part } of steps) {
          const share = (quantityLeft() * BigInt(part)) / 1000n;
          if (what === 'RETURN' && share > 0n) giveBack(share);
          if (what === 'GIVE_UP') earlier.splice(part % (earlier.length + 1), 1);
          const amount = -Math.floor((left('amountAfterTax') * part) / 1000);
          if (what === 'CHANGE' && amount < 0) {
            const change = { ordinal, amount };
            const off = changePrices({ original, changes: [change], changed: prices, returned: earlier });
            const [issued] = off.lines;
            if (issued !== undefined) prices.push({ ordinal, issued });
          }
          for (const member of ['amountAfterTax', 'taxAmount', 'reduction'] as const) {
            expect(left(member)).toBeGreaterThanOrEqual(0);
          }
        }
        if (quantityLeft() > 0n) {
          giveBack(quantityLeft());
          for (const member of AMOUNT_MEMBERS) expect(left(member)).toBe(0);
        }
      }),
    );
  });
});
