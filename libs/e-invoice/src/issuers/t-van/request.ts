import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { InvalidInvoiceError } from '../../problem';
import { readCertificate } from '../../signature/certificate';
import { signDocument } from '../../signature/sign-document';
import type { Signer } from '../../signature/sign-document';
import { SignatureError } from '../../signature/signature-error';
import { parseSymbol } from '../../series/symbol';
import { buildTvanMessage, tvanMessage } from '../../t-van/message';
import { messageIdOfUuid, partyCode } from '../../t-van/message-id';
import { buildHDon } from '../../xml/hdon';
import { hdonOf } from '../../xml/hdon-of-invoice';
import { validateHDon } from '../../xml/validate-hdon';
import { XmlError } from '../../xml/xml-error';
import type { AdjustRequest, IssueRequest, IssuerConnection, OwnNumber, ProviderKey } from '../issuer';
import { vendorUuid } from '../vendor-uuid';
import type { TvanSettings } from './settings';

export type InvoiceMessageKind = '200' | '203' | '206';

/** A message ready to be posted. */
export interface InvoiceMessage {
  readonly id: string;
  readonly kind: InvoiceMessageKind;
  readonly xml: string;
}

/**
 * The message that carries an invoice: 200 for a code, 203 without code, 206 for a cash register with its own code. The
 * document is built, held against every rule and signed (cash registers need no signature). Throws InvalidInvoiceError.
 */
export function invoiceMessage(
  request: IssueRequest | AdjustRequest,
  connection: IssuerConnection,
  settings: TvanSettings,
  signingTime: Date,
): InvoiceMessage {
  const kind = kindOf(request.symbol);
  const own = ownNumberOf(request.key);
  const id = messageIdOf(request.key, settings);
  try {
    const plain = documentOf(request, own, settings, id);
    const document = kind === '206' ? plain : sign(plain, connection, settings, signingTime);
    const { taxCode } = request.key;
    const header = {
      version: settings.envelopeVersion,
      sender: senderOf(request.key, settings),
      receiver: settings.receiver,
      id,
      taxCode,
    };
    return { id, kind, xml: buildTvanMessage(tvanMessage(kind, header, { HDon: [document] })) };
  } catch (error) {
    if (error instanceof XmlError) throw new InvalidInvoiceError([{ pointer: error.path, detail: error.reason }]);
    throw error;
  }
}

/** The message id that belongs to a key for ever. Throws InvalidInvoiceError. */
export function messageIdOf(key: ProviderKey, settings: TvanSettings): string {
  try {
    return messageIdOfUuid(senderOf(key, settings), vendorUuid(key));
  } catch (error) {
    if (error instanceof XmlError)
      throw new InvalidInvoiceError([{ pointer: '/settings/sender', detail: error.reason }]);
    throw error;
  }
}

/** Key and certificate of the seller's signature. Throws InvalidInvoiceError. */
export function signerOf({ credentials }: IssuerConnection): Signer {
  const key = credentials?.['signingKey'];
  const certificate = credentials?.['signingCertificate'];
  if (key === undefined || certificate === undefined) {
    throw invalid('/credentials', 'must hold signingKey and signingCertificate, both PEM');
  }
  try {
    return { key: privateKey(key), certificate: readCertificate(certificate, '/credentials/signingCertificate') };
  } catch (error) {
    if (error instanceof SignatureError) throw invalid('/credentials', error.reason);
    throw error;
  }
}

/** The kind of message of a series. Throws InvalidInvoiceError for what no typed message carries. */
export function kindOf(symbol: string): InvoiceMessageKind {
  const parsed = parseSymbol(symbol);
  if (parsed === undefined) throw invalid('/symbol', 'is no series such as C26MYY');
  if (parsed.letter === 'L') throw invalid('/symbol', 'invoices per occurrence need a file at the tax authority');
  if (parsed.cashRegister && !parsed.hasCqtCode) {
    throw invalid('/symbol', 'no public source shows the message of cash-register series without code');
  }
  if (parsed.cashRegister) return '206';
  return parsed.hasCqtCode ? '200' : '203';
}

function documentOf(request: IssueRequest | AdjustRequest, own: OwnNumber, settings: TvanSettings, id: string): string {
  const origin = 'origin' in request ? request.origin : 'ORIGIN';
  const document = hdonOf({
    ...request,
    id: `HD-${id}`,
    version: settings.documentVersion === '' ? undefined : settings.documentVersion,
    number: own.number,
    date: request.key.invoiceDate,
    softwareTaxCode: settings.softwareTaxCode === '' ? request.seller.taxCode : settings.softwareTaxCode,
    authorityCode: own.cashRegisterCode,
    link: 'origin' in request ? { origin: request.origin, original: request.original } : undefined,
    otherFields: 'origin' in request ? [{ TTruong: 'Lý do', KDLieu: 'string', DLieu: request.reason }] : undefined,
  });
  const versions = settings.documentVersion === '' ? undefined : [settings.documentVersion];
  const findings = validateHDon(document, { origin, versions });
  if (findings.length === 0) return buildHDon(document);
  throw new InvalidInvoiceError(findings.map(({ path, detail }) => ({ pointer: path, detail })));
}

function sign(document: string, connection: IssuerConnection, settings: TvanSettings, signingTime: Date): string {
  try {
    return signDocument(document, signerOf(connection), { signingTime, coverSigningTime: settings.coverSigningTime });
  } catch (error) {
    if (error instanceof SignatureError) throw invalid('/credentials', error.reason);
    throw error;
  }
}

function ownNumberOf({ ownNumber }: ProviderKey): OwnNumber {
  if (ownNumber !== undefined) return ownNumber;
  throw invalid('/key/ownNumber', 'is required: the seller numbers invoices that go through T-VAN');
}

function senderOf(key: ProviderKey, settings: TvanSettings): string {
  return settings.sender === '' ? partyCode('K', key.taxCode) : settings.sender;
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw invalid('/credentials/signingKey', 'is no private key in PEM');
  }
}

function invalid(pointer: string, detail: string): InvalidInvoiceError {
  return new InvalidInvoiceError([{ pointer, detail }]);
}
