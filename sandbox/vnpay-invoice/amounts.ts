/** Checks of sums on an invoice. Totals and lines are whole đồng; prices and quantities keep their decimals. */

type Members = Readonly<Record<string, unknown>>;

const RATE = /^(0|5|8|10)%$|^(KCT|KKKNT)$|^KHAC:(\d{1,2}(?:\.\d{1,2})?)%$/;

/** Hundredths of a percent, or undefined when the text is no rate. */
export function ratePoints(tax: unknown): bigint | undefined {
  const match = typeof tax === 'string' ? RATE.exec(tax) : null;
  if (match === null) return undefined;
  if (match[2] !== undefined) return 0n;
  const [whole = '0', fraction = ''] = (match[1] ?? match[3] ?? '0').split('.');
  return BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
}

/** A JSON number as an exact decimal: `digits / 10 ** places`. */
export function decimalOf(value: number): { digits: bigint; places: number } {
  const text = String(value);
  if (/e/i.test(text)) return { digits: BigInt(Math.round(value * 1e6)), places: 6 };
  const [whole = '0', fraction = ''] = text.split('.');
  return { digits: BigInt(whole + fraction), places: fraction.length };
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}

/** price × quantity may miss the line's amount by half a unit of the price's last place for each piece, and 1 đồng. */
function fitsPrice(price: number, quantity: number, amount: number): boolean {
  const p = decimalOf(price);
  const q = decimalOf(quantity);
  const scale = 10n ** BigInt(p.places + q.places);
  return 2n * distance(p.digits * q.digits, BigInt(amount) * scale) <= 2n * scale + distance(q.digits, 0n);
}

/** The tax of a line may differ from rate × base by so many đồng: by 1 where a price with tax inside was rounded. */
function fitsRate(base: number, tax: number, points: bigint, allowance: bigint): boolean {
  return distance(BigInt(tax) * 10_000n, BigInt(base) * points) <= 10_000n * allowance;
}

function sum(lines: readonly Members[], name: string): number {
  return lines.reduce((total, line) => total + Number(line[name]), 0);
}

const MONEY = ['amountWithoutDiscount', 'amount'] as const;

/** Property 4: a sentence that is printed, without money and without a rate. */
function isNote(line: Members): boolean {
  return line['property'] === 4 && line['tax'] === undefined;
}

/** What is wrong with one line; the members have been seen to be numbers. `allowance` in đồng, of its tax. */
export function lineProblem(line: Members, withTax: boolean, allowance = 1n): string | undefined {
  const n = (name: string): number => Number(line[name]);
  if (Math.abs(n('amount')) > Math.abs(n('amountWithoutDiscount'))) return 'amount exceeds amountWithoutDiscount';
  if (!fitsPrice(n('price'), n('quantity'), n('amountWithoutDiscount'))) {
    return `amountWithoutDiscount ${n('amountWithoutDiscount')} is not price ${n('price')} x quantity ${n('quantity')}`;
  }
  if (isNote(line)) return MONEY.every((name) => n(name) === 0) ? undefined : 'a note carries no amounts';
  if (!withTax)
    return line['amountAfterTax'] !== undefined && Math.abs(n('amountAfterTax')) > Math.abs(n('amount'))
      ? 'amountAfterTax exceeds amount'
      : undefined;
  const points = ratePoints(line['tax']);
  if (points === undefined) return `tax ${String(line['tax'])} is no rate`;
  if (n('amount') + n('taxAmount') !== n('amountAfterTax')) return 'amountAfterTax is not amount + taxAmount';
  if (!fitsRate(n('amount'), n('taxAmount'), points, allowance))
    return `taxAmount ${n('taxAmount')} is not ${String(line['tax'])} of ${n('amount')}`;
  return undefined;
}

function taxTypesProblem(taxTypes: readonly Members[], lines: readonly Members[]): string | undefined {
  const rates = [...new Set(lines.filter((line) => !isNote(line)).map((line) => String(line['tax'])))];
  const given = taxTypes.map((row) => String(row['tax']));
  if (new Set(given).size !== given.length) return 'taxTypes names a rate twice';
  if (given.length !== rates.length || !rates.every((rate) => given.includes(rate)))
    return 'taxTypes and the lines name other rates';
  for (const row of taxTypes) {
    const group = lines.filter((line) => line['tax'] === row['tax']);
    if (Number(row['amount']) !== sum(group, 'amount'))
      return `taxTypes ${String(row['tax'])}: amount is not the sum of its lines`;
    if (Number(row['taxAmount']) !== sum(group, 'taxAmount'))
      return `taxTypes ${String(row['tax'])}: taxAmount is not the sum of its lines`;
  }
  return undefined;
}

/** The cut for the direct method is 20 % of a ratio of at most 5 %: never more than 1 % of the total, plus rounding. */
function reductionProblem(amount: number, afterTax: number, lines: number): string | undefined {
  const cut = Math.abs(amount) - Math.abs(afterTax);
  return cut < 0 || cut * 100 > Math.abs(amount) + 100 * lines
    ? `totalAmountAfterTax ${afterTax} does not fit totalAmount ${amount}`
    : undefined;
}

/** What is wrong with the totals, or undefined. */
export function totalsProblem(
  invoice: Members,
  lines: readonly Members[],
  taxTypes: readonly Members[],
  withTax: boolean,
): string | undefined {
  const n = (name: string): number => Number(invoice[name]);
  const equal = (name: string, expected: number): string | undefined =>
    n(name) === expected ? undefined : `${name} is ${n(name)}, expected ${expected}`;
  const head =
    equal('totalAmountWithoutDiscount', sum(lines, 'amountWithoutDiscount')) ??
    equal('totalAmount', n('totalAmountWithoutDiscount') - n('totalDiscountAmount'));
  if (head !== undefined) return head;
  if (!withTax) {
    // The direct method shows full lines and takes its reduction off the total, so lines may sum to either.
    const lineSum = sum(lines, 'amount');
    if (lineSum !== n('totalAmount') && lineSum !== n('totalAmountWithoutDiscount'))
      return 'the lines do not add up to totalAmount';
    return invoice['totalAmountAfterTax'] === undefined
      ? undefined
      : reductionProblem(n('totalAmount'), n('totalAmountAfterTax'), lines.length);
  }
  return (
    equal('totalAmount', sum(lines, 'amount')) ??
    equal('totalTaxAmount', sum(lines, 'taxAmount')) ??
    equal('totalAmountAfterTax', sum(lines, 'amountAfterTax')) ??
    equal('totalAmountAfterTax', n('totalAmount') + n('totalTaxAmount')) ??
    taxTypesProblem(taxTypes, lines)
  );
}
