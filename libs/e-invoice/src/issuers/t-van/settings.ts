import {
  choiceSetting,
  defaultsOf,
  durationSetting,
  flagSetting,
  optionalTextSetting,
  readSettings,
  textSetting,
  type SettingsOf,
} from '../vendor-settings';

/** Messages are public, the transport between a seller's software and a T-VAN organisation is not: all of it is set here. */
const RULES = {
  /** Where a message is posted; needed to issue. */
  sendPath: optionalTextSetting(''),
  /** Where the answers to a message are read; needed to look up. */
  lookUpPath: optionalTextSetting(''),
  /** Query parameter that carries MTDiep there. */
  lookUpParameter: textSetting('MTDiep'),
  /** The whole body by which the organisation says that it never saw a message; empty where it has no such word. */
  notFoundText: optionalTextSetting(''),
  /** How clientId and clientSecret are shown: Basic, the secret as Bearer token, or not at all. */
  authorization: choiceSetting(['BASIC', 'BEARER', 'NONE'], 'BASIC'),
  contentType: textSetting('application/xml; charset=utf-8'),
  /** MNGui; default `K` and the seller's tax code. */
  sender: optionalTextSetting(''),
  /** MNNhan. */
  receiver: textSetting('TCT'),
  /** PBan of the envelope. */
  envelopeVersion: textSetting('2.1.0'),
  /** PBan of the invoice; default by its date. */
  documentVersion: optionalTextSetting(''),
  /** MSTTCGP, tax code of whose software makes the invoice; default the seller's own. */
  softwareTaxCode: optionalTextSetting(''),
  /** Whether the seller's signature covers its time; public samples show both. */
  coverSigningTime: flagSetting(true),
  timeoutMs: durationSetting(60_000),
};

/** Members of the same names in `connection.settings` replace the defaults. */
export type TvanSettings = SettingsOf<typeof RULES>;

export const TVAN_DEFAULTS: TvanSettings = defaultsOf(RULES);

/** The defaults with a connection's own values. Throws InvalidInvoiceError that names every wrong one. */
export function tvanSettings(own: Readonly<Record<string, unknown>> | undefined): TvanSettings {
  return readSettings(RULES, own);
}
