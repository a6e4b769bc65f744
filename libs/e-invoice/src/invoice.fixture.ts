import fc from 'fast-check';
import type { CalculationInput, InvoiceLineInput } from './invoice';
import { InvalidInvoiceError } from './problem';
import type { Problem } from './problem';

export const RATES = ['0%', '5%', '8%', '10%', 'KCT', 'KKKNT', 'KHAC:12.34%', 'KHAC:00.50%'] as const;
const TRADES = ['DISTRIBUTION', 'SERVICE', 'SERVICE_WITH_GOODS', 'OTHER', undefined] as const;

export const SALE: CalculationInput = {
  currency: 'VND',
  taxMethod: 'DEDUCTION',
  taxPoint: '2026-11-20',
  pricesIncludeTax: true,
  lines: [],
};

/** Decimals of up to six places, zero included. */
export function decimals(max: number, places = 6): fc.Arbitrary<string> {
  return fc
    .tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max: 10 ** places - 1 }), fc.boolean())
    .map(([whole, fraction, exact]) => (exact ? `${whole}` : `${whole}.${String(fraction).padStart(places, '0')}`));
}

export const quantities = decimals(200, 3).filter((text) => Number(text) > 0);

interface Row {
  readonly kind: 'GOODS' | 'PROMOTION' | 'NOTE' | 'DISCOUNT';
  readonly quantity: string;
  readonly unitPrice: string;
  readonly rate: (typeof RATES)[number];
  readonly trade: (typeof TRADES)[number];
  readonly share: number;
  readonly rounded: boolean;
}

const row: fc.Arbitrary<Row> = fc.record({
  kind: fc.constantFrom('GOODS', 'GOODS', 'GOODS', 'PROMOTION', 'NOTE', 'DISCOUNT'),
  quantity: quantities,
  unitPrice: decimals(50_000_000),
  rate: fc.constantFrom(...RATES),
  trade: fc.constantFrom(...TRADES),
  share: fc.integer({ min: 0, max: 100 }),
  rounded: fc.boolean(),
});

/** The shelf price of a row in whole đồng, rounded half up with an arithmetic of its own. */
function shelfOf({ quantity, unitPrice }: Row): bigint {
  const millionths = (text: string) => {
    const [whole = '0', fraction = ''] = text.split('.');
    return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  };
  const scaled = 2n * millionths(quantity) * millionths(unitPrice) + 10n ** 12n;
  return scaled / (2n * 10n ** 12n);
}

function lineOf(row: Row, direct: boolean): InvoiceLineInput {
  if (row.kind === 'NOTE') return { kind: 'NOTE', name: 'as agreed' };
  const tax = direct ? (row.trade === undefined ? {} : { directCategory: row.trade }) : { taxRate: row.rate };
  const base = { kind: row.kind, name: 'x', quantity: row.quantity, ...tax };
  if (row.kind === 'PROMOTION') return base;
  const shelf = shelfOf(row);
  const price = row.rounded ? { lineTotal: Number(shelf) } : { unitPrice: row.unitPrice };
  const discount = row.kind === 'GOODS' ? Number((shelf * BigInt(row.share)) / 100n) : 0;
  return { ...base, ...price, discount };
}

/** A sale of any method, basis, rate, line kind and discount, with what its goods lines cost on the shelf. */
export interface RandomSale {
  readonly input: CalculationInput;
  /** Of goods less discount lines, after every discount. */
  readonly net: number;
}

/** Discount lines get the rate of a goods line in front of them and at most a tenth of its price. */
export const sales: fc.Arbitrary<RandomSale> = fc
  .record({
    rows: fc.array(row, { minLength: 1, maxLength: 10 }),
    direct: fc.boolean(),
    inclusive: fc.boolean(),
    orderShare: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ rows, direct, inclusive, orderShare }) => {
    const lines: InvoiceLineInput[] = [];
    let goods = 0;
    let taken = 0;
    for (const current of rows) {
      const line = lineOf(current, direct);
      const before = lines.findLast(({ kind }) => kind === 'GOODS');
      if (line.kind === 'DISCOUNT') {
        if (before === undefined || lines.at(-1) !== before) continue;
        const cost = Number(shelfOf(rows[rows.indexOf(current) - 1] ?? current)) - (before.discount ?? 0);
        const { quantity: _quantity, unitPrice: _price, ...rest } = line;
        const amount = Math.floor(cost / 100);
        lines.push({ ...rest, ...taxOf(before), lineTotal: amount, discount: 0 });
        taken += amount;
        continue;
      }
      if (line.kind === 'GOODS') goods += Number(shelfOf(current)) - (line.discount ?? 0);
      lines.push(line);
    }
    if (lines.length === 0) lines.push({ kind: 'NOTE', name: 'nothing was sold' });
    const orderDiscount = Math.floor((goods * orderShare) / 10);
    const taxMethod = direct ? 'DIRECT' : 'DEDUCTION';
    const input: CalculationInput = { ...SALE, taxMethod, pricesIncludeTax: inclusive, lines, orderDiscount };
    return { input, net: goods - orderDiscount - taken };
  });

function taxOf({ taxRate, directCategory }: InvoiceLineInput): Pick<InvoiceLineInput, 'taxRate' | 'directCategory'> {
  return { taxRate, directCategory };
}

/** Pointers of what a call refuses; empty when it takes it. */
export function problemsOf(action: () => unknown): readonly Problem[] {
  try {
    action();
    return [];
  } catch (error) {
    if (error instanceof InvalidInvoiceError) return error.problems;
    throw error;
  }
}
