import type { LosslessNumber } from 'lossless-json';

/** Body of `POST /user/client/token`. */
export interface VnpayTokenBody {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Quantities and prices are decimals: LosslessNumber writes their digits as they are, past what a double can hold. */
export interface VnpayProduct {
  readonly ordinalNumber: number;
  readonly name: string;
  /** 1 goods or service, 2 promotion, 4 note. */
  readonly property: 1 | 2 | 4;
  readonly unit: string;
  readonly quantity: LosslessNumber;
  readonly price: LosslessNumber;
  /** A discount on the line is the difference to `amount`; the format has no member of its own for it. */
  readonly amountWithoutDiscount: number;
  readonly amount: number;
  /** VAT invoices only. */
  readonly tax?: string;
  readonly taxAmount?: number;
  readonly amountAfterTax: number;
}

export interface VnpayTaxType {
  readonly tax: string;
  readonly amount: number;
  readonly taxAmount: number;
}

export interface VnpayInvoice {
  readonly requestId: string;
  readonly invoiceCreatedDate: string;
  readonly invoiceSymbol: string;
  readonly paymentMethod: 'TM' | 'CK' | 'TM/CK';
  readonly currencyUnit: 'VND';
  readonly currencyExchangeRate: 1;
  /** A person's twelve digits are a tax code too. */
  readonly buyerTaxCode: string;
  /** The person. */
  readonly buyerName: string;
  /** The company. */
  readonly buyerFullName: string;
  readonly buyerAddress: string;
  readonly buyerEmail: string;
  readonly isSendMail: boolean;
  readonly totalAmountWithoutDiscount: number;
  readonly totalDiscountAmount: number;
  readonly totalAmount: number;
  /** VAT invoices only. */
  readonly totalTaxAmount?: number;
  readonly totalAmountAfterTax: number;
  readonly products: readonly VnpayProduct[];
  /** VAT invoices only. */
  readonly taxTypes?: readonly VnpayTaxType[];
  /** Adjustments and replacements only. */
  readonly originalInvoiceSymbol?: string;
  readonly originalInvoiceNumber?: string;
  readonly originalInvoiceDate?: string;
  readonly reason?: string;
}

/** Body of every call that makes an invoice. */
export interface VnpayIssueBody {
  readonly taxCode: string;
  readonly autoRelease: boolean;
  readonly autoSign: boolean;
  readonly autoSendCQT: boolean;
  readonly invoice: VnpayInvoice;
}

/** Every answer: `{code, message, data}`. Members are unknown until read. */
export interface VnpayAnswer {
  /** Undefined when the body was not of this shape. */
  readonly code: string | undefined;
  readonly message: string;
  readonly data: unknown;
}

export const VNPAY_SUCCESS_CODE = '00';
