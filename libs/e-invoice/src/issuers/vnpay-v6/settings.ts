import { InvalidInvoiceError } from '../../problem';

/**
 * What the vendor does not publish about its API v6, so that an installation can correct it without a release. Members
 * of the same names in `connection.settings` replace the defaults.
 */
export interface VnpaySettings {
  /** Answer code of a look-up for a key that the vendor never saw. */
  readonly notFoundCode: string;
  /** Answer code for a requestId that was used before; leads to a look-up, never to a refusal. */
  readonly duplicateCode: string;
  readonly tokenPath: string;
  readonly lookUpPath: string;
  readonly pdfPath: string;
  readonly vatOriginalPath: string;
  readonly saleOriginalPath: string;
  readonly vatAdjustmentPath: string;
  readonly saleAdjustmentPath: string;
  readonly vatReplacementPath: string;
  readonly saleReplacementPath: string;
  /** How long a token is used, counted from before the request for it. A 401 replaces it earlier. */
  readonly tokenLifetimeMs: number;
  /** Whole exchange of one call. */
  readonly timeoutMs: number;
}

export const VNPAY_DEFAULTS: VnpaySettings = {
  notFoundCode: '404',
  duplicateCode: 'DUPLICATE_REQUEST_ID',
  tokenPath: '/user/client/token',
  lookUpPath: '/api/v6/invoices',
  pdfPath: '/api/v6/invoices/pdf',
  vatOriginalPath: '/api/v6/vat/original',
  saleOriginalPath: '/api/v6/sale/original',
  vatAdjustmentPath: '/api/v6/vat/adjustment',
  saleAdjustmentPath: '/api/v6/sale/adjustment',
  vatReplacementPath: '/api/v6/vat/replacement',
  saleReplacementPath: '/api/v6/sale/replacement',
  tokenLifetimeMs: 30 * 60_000,
  timeoutMs: 30_000,
};

/** The defaults with a connection's own values. Throws InvalidInvoiceError for a value of the wrong type. */
export function vnpaySettings(own: Readonly<Record<string, unknown>> | undefined): VnpaySettings {
  const merged: Record<string, unknown> = { ...VNPAY_DEFAULTS };
  for (const [name, fallback] of Object.entries(VNPAY_DEFAULTS)) {
    const value = own?.[name];
    if (value === undefined || value === null) continue;
    const valid = typeof fallback === 'number' ? isDuration(value) : typeof value === 'string' && value !== '';
    if (!valid)
      throw new InvalidInvoiceError([{ pointer: `/settings/${name}`, detail: `must be a ${typeof fallback}` }]);
    merged[name] = value;
  }
  // Every member comes from the defaults or was checked against the type of its default.
  return merged as unknown as VnpaySettings;
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
