import type { InvoiceIssuer, IssuerCode } from './issuer';
import { MISA_MEINVOICE } from './misa-meinvoice/adapter';
import { TVAN_DIRECT } from './t-van/adapter';
import { VIETTEL_SINVOICE_V2 } from './viettel-sinvoice-v2/adapter';
import { VNPAY_V6 } from './vnpay-v6/adapter';
import { VNPT_SOAP } from './vnpt-soap/adapter';

/** Every vendor this release can issue at, by code. */
export const ISSUERS: ReadonlyMap<IssuerCode, InvoiceIssuer> = new Map(
  [VNPAY_V6, VIETTEL_SINVOICE_V2, MISA_MEINVOICE, VNPT_SOAP, TVAN_DIRECT].map((issuer) => [issuer.code, issuer]),
);
