import {
  defaultsOf,
  durationSetting,
  flagSetting,
  integerSetting,
  nameSetting,
  pathSetting,
  readSettings,
  type SettingsOf,
} from '../vendor-settings';

/** What differs between accounts, and what only integrators' code shows. */
const RULES = {
  tokenPath: pathSetting('/auth/token'),
  publishPath: pathSetting('/invoice'),
  statusPath: pathSetting('/invoice/status'),
  downloadPath: pathSetting('/invoice/download'),
  /** What statusPath is given: 2 is our RefID, 1 the vendor's TransactionID. */
  statusInputType: integerSetting(2, 1, 9),
  /** Kinds of a series that a look-up does not know: with the authority's code, from a cash register. */
  withCode: flagSetting(true),
  cashRegister: flagSetting(false),
  /** SignType of cash-register series: 5 leaves them unsigned, 2 signs them by HSM. */
  cashRegisterSignType: integerSetting(5, 2, 5),
  /** Whether, and under which name, a header carries the seller's tax code; some integrators send one. */
  sendTaxCodeHeader: flagSetting(false),
  taxCodeHeader: nameSetting('CompanyTaxCode'),
  /** Life of a token in ms. The vendor grants 14 days and asks to log in once a week. */
  tokenLifetimeMs: durationSetting(7 * 86_400_000),
  timeoutMs: durationSetting(45_000),
};

/** Members of the same names in `connection.settings` replace the defaults. */
export type MisaSettings = SettingsOf<typeof RULES>;

export const MISA_DEFAULTS: MisaSettings = defaultsOf(RULES);

/** The defaults with a connection's own values. Throws InvalidInvoiceError that names every wrong one. */
export function misaSettings(own: Readonly<Record<string, unknown>> | undefined): MisaSettings {
  return readSettings(RULES, own);
}
