import type { LosslessNumber } from 'lossless-json';

/** Amounts of one kind in the invoice's currency (OC) and in đồng; equal here. */
export interface MisaDetail {
  /** 1 goods or service, 2 promotion, 3 trade discount, 4 note. */
  readonly ItemType: 1 | 2 | 3 | 4;
  readonly LineNumber: number;
  /** Null for discounts and notes. */
  readonly SortOrder: number | null;
  readonly ItemCode?: string;
  readonly ItemName: string;
  readonly UnitName?: string;
  readonly Quantity: LosslessNumber;
  readonly UnitPrice: LosslessNumber;
  readonly AmountOC: number;
  readonly Amount: number;
  readonly DiscountAmountOC: number;
  readonly DiscountAmount: number;
  readonly AmountWithoutVATOC: number;
  readonly AmountWithoutVAT: number;
  /** VAT invoices only, as the three that follow. */
  readonly VATRateName?: string;
  readonly VATAmountOC?: number;
  readonly VATAmount?: number;
}

export interface MisaTaxRate {
  readonly VATRateName: string;
  readonly AmountWithoutVATOC: number;
  readonly VATAmountOC: number;
}

export interface MisaInvoiceData {
  readonly RefID: string;
  /** Form and series joined. */
  readonly InvSeries: string;
  readonly InvDate: string;
  readonly CurrencyCode: 'VND';
  readonly ExchangeRate: 1;
  readonly PaymentMethodName: string;
  readonly BuyerLegalName: string;
  readonly BuyerTaxCode: string;
  readonly BuyerAddress: string;
  readonly BuyerFullName?: string;
  readonly BuyerPhoneNumber?: string;
  readonly BuyerIDNumber?: string;
  readonly BuyerBudgetCode?: string;
  readonly BuyerEmail?: string;
  readonly IsSendEmail: boolean;
  readonly ReceiverName?: string;
  readonly ReceiverEmail?: string;
  readonly TotalSaleAmountOC: number;
  readonly TotalSaleAmount: number;
  readonly TotalDiscountAmountOC: number;
  readonly TotalDiscountAmount: number;
  readonly TotalAmountWithoutVATOC: number;
  readonly TotalAmountWithoutVAT: number;
  readonly TotalVATAmountOC: number;
  readonly TotalVATAmount: number;
  readonly TotalAmountOC: number;
  readonly TotalAmount: number;
  readonly TotalAmountInWords: string;
  readonly IsInvoiceCalculatingMachine: boolean;
  /** A line has the temporary rate of 8 %. */
  readonly IsTaxReduction43: boolean;
  /** Adjustments and replacements only: 1 replacement, 2 adjustment. */
  readonly ReferenceType?: 1 | 2;
  /** 1: an invoice of Decree 123/2020 and after. */
  readonly OrgInvoiceType?: 1;
  readonly OrgInvTemplateNo?: string;
  readonly OrgInvSeries?: string;
  readonly OrgInvNo?: string;
  readonly OrgInvDate?: string;
  readonly InvoiceNote?: string;
  readonly OriginalInvoiceDetail: readonly MisaDetail[];
  readonly TaxRateInfo: readonly MisaTaxRate[];
  readonly OptionUserDefined: Readonly<Record<string, string>>;
}

/** Body of `POST /invoice`. */
export interface MisaPublishBody {
  /** 2 signed by HSM, 5 unsigned (cash register). */
  readonly SignType: number;
  readonly InvoiceData: readonly [MisaInvoiceData];
  readonly PublishInvoiceData: null;
}
