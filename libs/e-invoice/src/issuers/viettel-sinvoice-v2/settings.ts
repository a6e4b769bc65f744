import {
  bySeriesSetting,
  choiceSetting,
  defaultsOf,
  durationSetting,
  flagSetting,
  integerSetting,
  optionalTextSetting,
  pathSetting,
  readSettings,
  type SettingsOf,
} from '../vendor-settings';

/** What differs between accounts, and what public sources leave open or tell in two ways. */
const RULES = {
  loginPath: pathSetting('/auth/login'),
  apiPath: pathSetting('/services/einvoiceapplication/api/InvoiceAPI'),
  /** How a token is sent; both are in use. */
  tokenHeader: choiceSetting(['COOKIE', 'BEARER'], 'COOKIE'),
  /** Life of a token in ms: 20 minutes measured in October 2026, 5 in older sources. */
  tokenLifetimeMs: durationSetting(20 * 60_000),
  timeoutMs: durationSetting(30_000),
  /** The account's invoice template, `1/770`; needed to issue. */
  templateCode: optionalTextSetting(''),
  /** Templates of single series, `{"1C26MYY": "1/771"}`; they go before `templateCode`. */
  templateCodes: bySeriesSetting(),
  /** Time on the invoice's day in Vietnam, in ms after midnight. */
  issueTimeMs: integerSetting(0, 0, 86_399_999),
  /** taxPercentage of what is not subject to VAT; sources disagree. */
  notSubjectPercentage: integerSetting(-2, -99, 0),
  /** taxPercentage of what needs no declaration; sources disagree. */
  notDeclaredPercentage: integerSetting(-1, -99, 0),
  /** `selection` of free goods; without it lines of promotion are refused. 0 stands for none. */
  promotionSelection: integerSetting(0, 0, 99),
  /** Whether itemTotalAmountWithoutTax is written after the line's discount or before. */
  itemTotalBasis: choiceSetting(['NET', 'GROSS'], 'NET'),
  /** Adjustments with positive amounts and a flag that says up or down, or with signed amounts. */
  adjustmentSigns: choiceSetting(['FLAGGED', 'SIGNED'], 'FLAGGED'),
  originalDateFormat: choiceSetting(['EPOCH_MS', 'ISO_DATE'], 'EPOCH_MS'),
  /**
   * True for an account on which nobody keeps drafts: only there does NOT_FOUND_DATA prove that nothing was issued,
   * because a draft is answered the same way.
   */
  noDrafts: flagSetting(false),
};

/** Members of the same names in `connection.settings` replace the defaults. */
export type ViettelSettings = SettingsOf<typeof RULES>;

export const VIETTEL_DEFAULTS: ViettelSettings = defaultsOf(RULES);

/** The defaults with a connection's own values. Throws InvalidInvoiceError that names every wrong one. */
export function viettelSettings(own: Readonly<Record<string, unknown>> | undefined): ViettelSettings {
  return readSettings(RULES, own);
}
