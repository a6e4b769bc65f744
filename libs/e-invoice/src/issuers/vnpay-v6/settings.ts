import {
  defaultsOf,
  durationSetting,
  flagSetting,
  pathSetting,
  readSettings,
  textSetting,
  type SettingsOf,
} from '../vendor-settings';

/** What the vendor does not publish about its API v6, so that an installation can correct it without a release. */
const RULES = {
  /** Answer code of a look-up for a key that the vendor never saw. */
  notFoundCode: textSetting('404'),
  /** Answer code for a requestId that was used before; leads to a look-up, never to a refusal. */
  duplicateCode: textSetting('DUPLICATE_REQUEST_ID'),
  tokenPath: pathSetting('/user/client/token'),
  lookUpPath: pathSetting('/api/v6/invoices'),
  pdfPath: pathSetting('/api/v6/invoices/pdf'),
  vatOriginalPath: pathSetting('/api/v6/vat/original'),
  saleOriginalPath: pathSetting('/api/v6/sale/original'),
  vatAdjustmentPath: pathSetting('/api/v6/vat/adjustment'),
  saleAdjustmentPath: pathSetting('/api/v6/sale/adjustment'),
  vatReplacementPath: pathSetting('/api/v6/vat/replacement'),
  saleReplacementPath: pathSetting('/api/v6/sale/replacement'),
  /**
   * Whether "not found" is checked against the PDF, whose call integrators do show: a PDF under the key proves that the
   * invoice is issued, though it brings no number.
   */
  confirmByPdf: flagSetting(true),
  /** How long a token is used, in ms, counted from before the request for it. A 401 replaces it earlier. */
  tokenLifetimeMs: durationSetting(30 * 60_000),
  /** Whole exchange of one call, in ms. */
  timeoutMs: durationSetting(30_000),
};

/** Members of the same names in `connection.settings` replace the defaults. */
export type VnpaySettings = SettingsOf<typeof RULES>;

export const VNPAY_DEFAULTS: VnpaySettings = defaultsOf(RULES);

/** The defaults with a connection's own values. Throws InvalidInvoiceError that names every wrong one. */
export function vnpaySettings(own: Readonly<Record<string, unknown>> | undefined): VnpaySettings {
  return readSettings(RULES, own);
}
