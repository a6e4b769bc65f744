import type { LosslessNumber } from 'lossless-json';

/** Instants in ms since the epoch. */
export interface ViettelGeneralInfo {
  readonly transactionUuid: string;
  /** 1 VAT invoice, 2 sales invoice. */
  readonly invoiceType: string;
  readonly templateCode: string;
  readonly invoiceSeries: string;
  readonly invoiceIssuedDate: number;
  readonly currencyCode: 'VND';
  /** 1 original, 3 replacement, 5 adjustment. */
  readonly adjustmentType: '1' | '3' | '5';
  /** Adjustments only: 1 money, 2 information. */
  readonly adjustmentInvoiceType?: '1' | '2';
  readonly originalInvoiceId?: string;
  readonly originalInvoiceIssueDate?: number | string;
  readonly originalTemplateCode?: string;
  readonly additionalReferenceDesc?: string;
  readonly additionalReferenceDate?: number;
  readonly paymentStatus: boolean;
  readonly cusGetInvoiceRight: boolean;
}

export interface ViettelBuyerInfo {
  readonly buyerName?: string;
  readonly buyerLegalName?: string;
  readonly buyerTaxCode?: string;
  readonly buyerAddressLine?: string;
  readonly buyerEmail?: string;
  /** Digits. */
  readonly buyerPhoneNumber?: string;
  readonly buyerIdNo?: string;
}

export interface ViettelSellerInfo {
  readonly sellerLegalName: string;
  readonly sellerTaxCode: string;
  readonly sellerAddressLine: string;
  readonly sellerPhoneNumber?: string;
  readonly sellerEmail?: string;
}

export interface ViettelItem {
  readonly lineNumber: number;
  /** 1 goods or service, 2 note, 3 discount. */
  readonly selection: number;
  readonly itemCode?: string;
  readonly itemName: string;
  readonly unitName?: string;
  readonly quantity?: LosslessNumber;
  readonly unitPrice?: LosslessNumber;
  readonly itemDiscount?: number;
  readonly itemTotalAmountWithoutTax?: number;
  readonly taxPercentage?: LosslessNumber;
  readonly taxAmount?: number;
  readonly itemTotalAmountWithTax?: number;
  /** Discounts and flagged adjustments. */
  readonly isIncreaseItem?: boolean;
}

export interface ViettelTaxBreakdown {
  readonly taxPercentage: LosslessNumber;
  readonly taxableAmount: number;
  readonly taxAmount: number;
  /** Flagged adjustments: whether the amounts add. */
  readonly taxableAmountPos?: boolean;
  readonly taxAmountPos?: boolean;
}

/** Body of `POST InvoiceWS/createInvoice/{taxCode}`. */
export interface ViettelInvoiceBody {
  readonly generalInvoiceInfo: ViettelGeneralInfo;
  readonly buyerInfo: ViettelBuyerInfo;
  readonly sellerInfo: ViettelSellerInfo;
  readonly payments: readonly { readonly paymentMethodName: string }[];
  readonly itemInfo: readonly ViettelItem[];
  readonly taxBreakdowns: readonly ViettelTaxBreakdown[];
}

/** Body of `POST InvoiceUtilsWS/getInvoiceRepresentationFile`. */
export interface ViettelFileBody {
  readonly supplierTaxCode: string;
  /** Series and number joined, `C25TAA12`. */
  readonly invoiceNo: string;
  readonly templateCode: string;
  readonly fileType: 'PDF';
}
