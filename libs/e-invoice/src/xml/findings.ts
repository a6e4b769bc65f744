/** The rules that an invoice document is held against; each finding breaks exactly one. */
export type HDonRule =
  /** A member is missing or not of its form. */
  | 'SHAPE'
  | 'TEXT_NFC'
  | 'ID_MISSING'
  | 'VERSION'
  | 'FORM_PATTERN'
  | 'SERIES_PATTERN'
  | 'SERIES_YEAR'
  | 'NUMBER_RANGE'
  | 'TAX_CODE'
  | 'PERSONAL_ID'
  | 'EXCHANGE_RATE'
  | 'WHOLE_DONG'
  | 'LINE_ORDER'
  | 'LINE_MEMBER'
  | 'LINE_AMOUNT'
  | 'TAX_RATE'
  | 'TAX_MEMBER'
  | 'SUM_LINES'
  | 'SUM_GROUP'
  | 'SUM_TAX'
  | 'SUM_TOTAL'
  | 'GROUP_REPEATED'
  | 'GROUP_MISSING'
  | 'GROUP_TAX'
  | 'WORDS'
  | 'OTHER_LENGTH'
  | 'AUTHORITY_CODE'
  | 'LINK_MISSING'
  | 'LINK_UNEXPECTED'
  | 'LINK_KIND'
  | 'LINK_ORIGINAL'
  | 'LINK_DATE'
  | 'SIGNATURE_MISSING';

export interface HDonFinding {
  readonly rule: HDonRule;
  /** `/HDon/DLHDon/NDHDon/DSHHDVu/HHDVu[2]/TSuat` */
  readonly path: string;
  readonly detail: string;
}
