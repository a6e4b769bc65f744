import type { InvoiceIssuer, IssuerCode } from './issuer';
import { VNPAY_V6 } from './vnpay-v6/adapter';

/** Every vendor this release can issue at, by code. */
export const ISSUERS: ReadonlyMap<IssuerCode, InvoiceIssuer> = new Map([[VNPAY_V6.code, VNPAY_V6]]);
