import { rowOf, type CodeMeaning, type CodeTable } from '../code-table';

const account = (meaning: string): CodeMeaning => ({ outcome: 'REFUSED', permanent: false, meaning });
const invoice = (meaning: string): CodeMeaning => ({ outcome: 'REFUSED', permanent: true, meaning });
const fault = (meaning: string): CodeMeaning => ({ outcome: 'UNKNOWN', reason: 'SERVER_ERROR', meaning });
const duplicate = (meaning: string): CodeMeaning => ({ outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST', meaning });

/** errorCode of a publish answer and ErrorCode of its items, as the vendor's guide for integrators lists them. */
export const PUBLISH_CODES: CodeTable = {
  InvoiceDuplicated: duplicate('the invoice is published already'),
  DuplicateInvoiceRefID: duplicate('the RefID was used'),
  DuplicateTransactionID: duplicate('the TransactionID was used'),
  // Spelt so by the vendor: another request of the series is being numbered. Nothing was issued; call again.
  InvoiceNumberNotCotinuous: { outcome: 'DECLINED', meaning: 'another invoice of the series is being numbered' },
  InvoiceNumberNotContinuous: { outcome: 'DECLINED', meaning: 'another invoice of the series is being numbered' },
  InvalidAppID: account('the app id is wrong'),
  InActiveAppID: account('the app id is not active'),
  UnAuthorize: account('the token is refused'),
  TokenExpiredCode: account('the token has expired'),
  InvalidTokenCode: account('the token is invalid'),
  InvoiceTemplateNotExist: account('the series has no template'),
  LicenseInfo_NotBuy: account('no package was bought'),
  LicenseInfo_OutOfInvoice: account('the package is used up'),
  LicenseInfo_Expired: account('the package has expired or is unpaid'),
  DeclarationNotExist: account('no declaration was made to the tax authority'),
  InvalidDeclaration: account('no declaration is accepted by the tax authority'),
  ExistDeclarationNotReceive: account('a declaration waits for the tax authority'),
  InvoiceTemplateNotValidInDeclaration: account('the declaration does not name this kind of invoice'),
  CertRevocation: account('the certificate is revoked'),
  InvalidCertByRegistration: account('the certificate is not in the declaration'),
  HasRegistrationStopUseCert: account('the certificate was declared out of use'),
  SigningTimeNotInRegistration: account('the certificate is not in force'),
  X509Certificate: account('there is no certificate'),
  X509SubjectName: account('the certificate has no subject'),
  InvalidInvoiceData: invoice('the data is invalid'),
  InvalidXMLData: invoice('the XML is invalid'),
  XMLTooLong: invoice('the invoice has too many lines'),
  InvoiceQuantityTooLarge: invoice('too many invoices in one request'),
  InvalidInvNo: invoice('the number is invalid'),
  InvalidTaxCode: invoice('a tax code is invalid'),
  InvalidInvoiceDate: invoice('the date lies before the last issued invoice of the series'),
  ExistsInvoiceNextYear: invoice('the series of the next year is in use'),
  TaxReductionDateInValid: invoice('the date lies outside the tax cut'),
  TaxRateInfo_VATRateName: invoice('a rate of the summary is invalid'),
  InvoiceCannotReplace: invoice('the original was cancelled and cannot be replaced'),
  InvoiceCannotAdjust: invoice('the original was cancelled or replaced and cannot be adjusted'),
  InvoiceCannotReplaceByStatusNew: invoice('the original cannot be replaced in its state'),
  HasAdjustmentInvoice: invoice('the original has an adjustment and cannot be replaced'),
  CreateInvoiceDataError: fault('the XML could not be made'),
  SignSoftDream78Exception: fault('signing failed'),
  SignEsignHSMError: fault('signing failed'),
  CallSignServiceFail: fault('signing failed'),
  CannotConnectSignServer: fault('the signing server is away'),
  SignatureEmpty: fault('there is no signature'),
  InvalidSignature: fault('the signature is invalid'),
  InvalidTransactionID: fault('the TransactionID is invalid'),
  Exception: fault('a fault without a cause'),
};

/** Codes that end with the name of a member. */
const FAMILIES: readonly (readonly [string, CodeMeaning])[] = [
  ['InvoiceDetail_', invoice('a member of a line is invalid')],
  ['RequireError_', invoice('a member is missing or invalid')],
  ['StockInTaxCode_NotInfo_', invoice('data of a unit is missing')],
];

/** What a code of a publish answer says; undefined where no public source lists it. */
export function publishMeaning(code: string): CodeMeaning | undefined {
  return rowOf(PUBLISH_CODES, code) ?? FAMILIES.find(([prefix]) => code.startsWith(prefix))?.[1];
}

/** Codes that say that the token was refused and the call not looked at. */
export const TOKEN_CODES: ReadonlySet<string> = new Set(['TokenExpiredCode', 'InvalidTokenCode', 'UnAuthorize']);
