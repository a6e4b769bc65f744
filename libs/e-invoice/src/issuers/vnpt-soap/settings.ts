import {
  bySeriesSetting,
  defaultsOf,
  durationSetting,
  integerSetting,
  nameSetting,
  optionalTextSetting,
  pathSetting,
  readSettings,
  textSetting,
  type SettingsOf,
} from '../vendor-settings';

/** What differs between tenants, and what public sources leave open or only integrators' code shows. */
const RULES = {
  publishPath: pathSetting('/PublishService.asmx'),
  businessPath: pathSetting('/BusinessService.asmx'),
  portalPath: pathSetting('/PortalService.asmx'),
  publishMethod: nameSetting('ImportAndPublishInv'),
  adjustMethod: nameSetting('AdjustInvoiceAction'),
  replaceMethod: nameSetting('ReplaceInvoiceAction'),
  lookUpMethod: nameSetting('listInvByCusFkey'),
  pdfMethod: nameSetting('downloadInvPDFFkeyNoPay'),
  /** The tenant's template, `1/001`; needed to issue. */
  pattern: optionalTextSetting(''),
  /** Templates of single series, `{"1C26TYY": "1/002"}`; they go before `pattern`. */
  patterns: bySeriesSetting(),
  /** CusCode of a buyer without tax code and personal number. */
  consumerCode: textSetting('KHACHLE'),
  /** VATRate of what is not subject to VAT, and of what needs no declaration. */
  notSubjectRate: textSetting('-1'),
  notDeclaredRate: textSetting('-2'),
  /** VATRate of an invoice with several rates; without it such an invoice is refused. */
  mixedRate: optionalTextSetting(''),
  /** Element of the invoice's day, `dd/MM/yyyy`. */
  dateElement: nameSetting('ArisingDate'),
  /** AttachFile of adjustments: 10 lets the vendor write the minutes, 11 sign them too; empty sends none. */
  attachFile: optionalTextSetting(''),
  /** `status` of a look-up from which on an invoice counts as published. */
  publishedStatus: integerSetting(1, 0, 9),
  timeoutMs: durationSetting(60_000),
};

/** Members of the same names in `connection.settings` replace the defaults. */
export type VnptSettings = SettingsOf<typeof RULES>;

export const VNPT_DEFAULTS: VnptSettings = defaultsOf(RULES);

/** The defaults with a connection's own values. Throws InvalidInvoiceError that names every wrong one. */
export function vnptSettings(own: Readonly<Record<string, unknown>> | undefined): VnptSettings {
  return readSettings(RULES, own);
}
