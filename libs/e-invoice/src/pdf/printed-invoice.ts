import type { CalculatedInvoice, InvoiceDraft } from '../invoice';
import type { InvoiceFonts } from './fonts';

export interface PrintedSignature {
  /** Subject of the certificate. */
  readonly signer: string;
  readonly signedAt: Date;
}

/** What stands on the paper. Texts are printed as given, amounts and dates as Vietnam writes them. */
export interface PrintedInvoice extends Pick<
  InvoiceDraft,
  'form' | 'symbol' | 'invoiceDate' | 'seller' | 'buyer' | 'paymentMethod' | 'correction'
> {
  /** 1 to 8 digits, printed as given. Without one the invoice is a draft and says so over every page. */
  readonly number?: string | undefined;
  readonly invoice: CalculatedInvoice;
  /** A `C…` series without it is not valid yet and says so over every page. */
  readonly authorityCode?: string | undefined;
  readonly sellerSignature?: PrintedSignature | undefined;
  readonly authoritySignature?: PrintedSignature | undefined;
  /** What became of it: another invoice replaces or adjusts it. */
  readonly fate?: 'REPLACED' | 'ADJUSTED' | undefined;
  /** Where and under which code the buyer finds the original. */
  readonly lookUp?: { readonly url: string; readonly code: string } | undefined;
  /** Further sentences under the totals, after those of the calculation. */
  readonly notes?: readonly string[] | undefined;
}

/** `REPRESENTATION` shows the electronic original; `CONVERTED` is a paper copy that somebody answers for. */
export type InvoiceCopy =
  | { readonly kind: 'REPRESENTATION' }
  | {
      readonly kind: 'CONVERTED';
      /** From 1. */
      readonly number: number;
      readonly convertedBy: string;
      readonly convertedAt: Date;
    };

export interface InvoicePdfOptions {
  readonly fonts: InvoiceFonts;
  /** Stands in the file's metadata: the same input makes the same bytes. */
  readonly createdAt: Date;
  readonly copy?: InvoiceCopy | undefined;
  /** Text of the QR code, at most 500 bytes of UTF-8; none is drawn without it. */
  readonly qrText?: string | undefined;
  /** The last line of a page, such as the name and tax code of the software's maker. */
  readonly footer?: string | undefined;
  /**
   * What happens to characters that the fonts lack, such as emoji: `REFUSE` throws UnprintableInvoiceError (default);
   * `REPLACE` prints `?` for each run of them and a sentence that says so.
   */
  readonly missingGlyphs?: 'REFUSE' | 'REPLACE' | undefined;
}
