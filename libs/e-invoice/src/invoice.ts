import type { InvoiceBuyer } from './buyer';
import type { DirectCategory } from './law/rules/direct-method-rules';
import type { TaxCategory, TaxRate } from './law/rules/rate-rules';
import type { IsoDate } from './vietnam-date';

/** `DEDUCTION` invoices show VAT (form 1); `DIRECT` ones are sales invoices without VAT lines (form 2). */
export type TaxMethod = 'DEDUCTION' | 'DIRECT';

/** Form digit: 1 VAT, 2 sales, 3 public assets, 4 reserve, 5 tickets, 6 delivery, 7 commercial, 8 VAT + fee, 9 sales + fee. */
export type InvoiceForm = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** Amounts are whole đồng. Other currencies come with their exchange rate and are not part of the model yet. */
export type InvoiceCurrency = 'VND';

/** How the buyer paid, as printed: TM, CK or TM/CK. */
export type InvoicePaymentMethod = 'CASH' | 'TRANSFER' | 'CASH_OR_TRANSFER';

/** `DISCOUNT` is a line of trade discount: its amount is subtracted. `PROMOTION` is free, `NOTE` has no amounts. */
export type LineKind = 'GOODS' | 'PROMOTION' | 'DISCOUNT' | 'NOTE';

/** A plain decimal, at most 16 digits before and 6 after the point: `-1.5`, `18518518.52`. */
export type DecimalText = string;

export interface InvoiceSeller {
  readonly taxCode: string;
  readonly name: string;
  readonly address: string;
  readonly phone?: string | undefined;
  readonly email?: string | undefined;
  /** Place of business where it has a name and a code of its own (Decree 254/2026 Art. 10). */
  readonly locationCode?: string | undefined;
  readonly locationName?: string | undefined;
  readonly locationAddress?: string | undefined;
}

/** A line as it was sold. Under the deduction method exactly one of `taxRate` and `taxCategory` is given. */
export interface InvoiceLineInput {
  /** Default `GOODS`. */
  readonly kind?: LineKind | undefined;
  readonly code?: string | undefined;
  readonly name: string;
  readonly unit?: string | undefined;
  /** Default `1`. Negative only in an adjustment, where the line takes back what was sold. */
  readonly quantity?: DecimalText | undefined;
  /** Price of one unit in đồng, in the basis that `pricesIncludeTax` says. */
  readonly unitPrice?: DecimalText | undefined;
  /**
   * Total of the line before discounts in đồng, where the sale already rounded it; otherwise quantity × unit price.
   * Carries the quantity's sign.
   */
  readonly lineTotal?: number | undefined;
  /** Discount on this line in đồng, in the same basis. Carries the quantity's sign: negative where it is taken back. */
  readonly discount?: number | undefined;
  readonly taxRate?: string | undefined;
  readonly taxCategory?: TaxCategory | undefined;
  /** Direct method: the trade, where the temporary cut applies to this line. */
  readonly directCategory?: DirectCategory | undefined;
}

/** What `calculateInvoice` needs. */
export interface CalculationInput {
  readonly currency: InvoiceCurrency;
  readonly taxMethod: TaxMethod;
  /** Day of the original sale in Vietnam: picks the rates, for an adjustment made later too. */
  readonly taxPoint: IsoDate;
  /** True when prices are what the buyer pays; false when tax comes on top (direct method: when the cut comes off). */
  readonly pricesIncludeTax: boolean;
  readonly lines: readonly InvoiceLineInput[];
  /** Discount on the whole sale in đồng, spread over the goods lines in proportion. */
  readonly orderDiscount?: number | undefined;
  /** What the buyer paid, where known: a different total is a problem, not a surprise. */
  readonly expectedTotal?: number | undefined;
  /** True for the lines of an adjustment: quantities and the total may be negative, + increases and − decreases. */
  readonly adjustment?: boolean | undefined;
}

/** An issued invoice, as another one names it. */
export interface InvoiceReference {
  readonly form: InvoiceForm;
  /** Six characters, `C26MYY`. */
  readonly symbol: string;
  /** As it was issued, zeros in front kept. */
  readonly number: string;
  readonly date: IsoDate;
}

/** What an adjustment or a replacement says about the invoice it corrects. */
export interface InvoiceCorrection {
  readonly action: 'ADJUST' | 'REPLACE';
  readonly original: InvoiceReference;
  /** For the buyer and the tax authority. */
  readonly reason: string;
  /** Two digits (Decision 1233 Annex XVII), where the vendor asks for it. */
  readonly causeCode?: string | undefined;
}

/** Everything an invoice says before it has a number. */
export interface InvoiceDraft extends CalculationInput {
  readonly seller: InvoiceSeller;
  readonly buyer: InvoiceBuyer;
  readonly form: InvoiceForm;
  /** Six characters, `C26MYY`. */
  readonly symbol: string;
  readonly invoiceDate: IsoDate;
  readonly paymentMethod: InvoicePaymentMethod;
  /** Present on an adjustment and on a replacement. */
  readonly correction?: InvoiceCorrection | undefined;
}

/** A line as printed: amounts in đồng, without tax where the name does not say otherwise. */
export interface InvoiceLine {
  /** From 1. */
  readonly ordinal: number;
  readonly kind: LineKind;
  readonly code?: string | undefined;
  readonly name: string;
  readonly unit?: string | undefined;
  readonly quantity: DecimalText;
  readonly unitPrice: DecimalText;
  readonly amountBeforeDiscount: number;
  /** Line discount and share of the order's discount together. */
  readonly discount: number;
  readonly amount: number;
  /** Null under the direct method and for notes. */
  readonly taxRate: TaxRate | null;
  readonly taxAmount: number;
  /** Direct method: what the temporary cut takes off; else 0. */
  readonly reduction: number;
  readonly amountAfterTax: number;
}

export interface TaxGroup {
  readonly taxRate: TaxRate;
  readonly lineCount: number;
  readonly amount: number;
  readonly taxAmount: number;
  readonly amountAfterTax: number;
  /** taxAmount − round(rate × amount), in đồng: what summing line taxes differs from the group's own product. */
  readonly difference: number;
}

/** Always: beforeDiscount − discount = amount, and amount + taxAmount − reduction = amountAfterTax. */
export interface InvoiceTotals {
  readonly amountBeforeDiscount: number;
  readonly discount: number;
  readonly amount: number;
  readonly taxAmount: number;
  readonly reduction: number;
  readonly amountAfterTax: number;
  readonly amountInWords: string;
}

export interface CalculatedInvoice {
  readonly currency: InvoiceCurrency;
  readonly taxMethod: TaxMethod;
  readonly taxPoint: IsoDate;
  readonly lines: readonly InvoiceLine[];
  /** In the order of the rates' first line; empty under the direct method. */
  readonly taxGroups: readonly TaxGroup[];
  readonly totals: InvoiceTotals;
  /** Sentences that the law wants on the invoice, such as the one on the temporary cut. */
  readonly notes: readonly string[];
}
