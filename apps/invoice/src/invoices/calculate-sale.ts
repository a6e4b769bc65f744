import {
  calculateInvoice,
  checkRounding,
  InvalidInvoiceError,
  vietnamDate,
  type CalculatedInvoice,
  type InvoiceSeller,
  type TaxMethod,
} from '@nx/e-invoice';
import type { ProviderConfigSnapshot, SaleSnapshot, TaxSnapshot } from './invoice';

/** What the calculation needs beside the sale. */
export interface SaleContext {
  readonly taxMethod: TaxMethod;
  readonly taxPoint: Date;
  readonly config: Pick<ProviderConfigSnapshot, 'defaultTaxRate' | 'directCategory' | 'roundingAllowance'>;
}

/**
 * The invoice of a sale whose prices hold the tax. Throws InvalidInvoiceError with every reason: a line without a rate,
 * a rate that is not in force on the day of the sale, lines that do not make the sale's total, tax further from
 * rate × base than the provider takes.
 */
export function calculateSale(sale: SaleSnapshot, { taxMethod, taxPoint, config }: SaleContext): CalculatedInvoice {
  const direct = taxMethod === 'DIRECT';
  const calculated = calculateInvoice({
    currency: 'VND',
    taxMethod,
    taxPoint: vietnamDate(taxPoint),
    pricesIncludeTax: true,
    lines: sale.lines.map((line) => ({
      name: line.name,
      unit: line.unit,
      quantity: line.quantity,
      unitPrice: line.unitPrice,
      lineTotal: line.lineTotal,
      discount: line.discount,
      ...(direct
        ? { directCategory: config.directCategory ?? undefined }
        : { taxRate: line.taxRate ?? config.defaultTaxRate ?? undefined }),
    })),
    orderDiscount: sale.orderDiscount,
    expectedTotal: sale.total,
  });
  const [wide] = checkRounding(calculated, { perLine: config.roundingAllowance });
  if (wide !== undefined) {
    const detail = `tax differs by ${wide.difference} đồng from its rate; the provider allows ${wide.allowed}`;
    throw new InvalidInvoiceError([{ pointer: wide.pointer, detail }]);
  }
  return calculated;
}

export const taxSnapshotOf = (seller: InvoiceSeller, calculated: CalculatedInvoice): TaxSnapshot => ({
  seller,
  taxMethod: calculated.taxMethod,
  groups: calculated.taxGroups,
  notes: calculated.notes,
  amountInWords: calculated.totals.amountInWords,
});
