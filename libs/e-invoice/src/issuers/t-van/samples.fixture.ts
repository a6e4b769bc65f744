import type { Send, SendRequest, SendResponse } from '@nx/contracts';
import { signer } from '../../signature/certificates.fixture';
import { buildTvanMessage } from '../../t-van/message';
import { answer, check204, CODED_HDON, ERROR_999, OK_999 } from '../../t-van/messages.fixture';
import { DOCUMENT } from '../../xml/hdon.fixture';
import type { IssueRequest, IssuerConnection } from '../issuer';
import { TokenCache } from '../token-cache';

export const SELLER = signer();
export const NOW = Date.parse('2026-11-20T02:00:00Z');
export const TOKENS = new TokenCache({ now: () => NOW });
export const ID = 'K01043597173F0B6F5E8A3C4F629A860B1C7F1F7D10';
export const KEY = {
  taxCode: '0104359717',
  invoiceDate: '2026-11-20',
  requestId: '3f0b6f5e-8a3c-4f62-9a86-0b1c7f1f7d10',
  ownNumber: { number: '61' },
};
export const REGISTER_KEY = {
  ...KEY,
  series: '1C26MYY',
  ownNumber: { number: '61', cashRegisterCode: 'M1-26-7FGBT-00000000315' },
};
export const PEM = SELLER.key.export({ type: 'pkcs8', format: 'pem' }).toString();

export const CONNECTION: IssuerConnection = {
  baseUrl: 'https://tvan.example/',
  clientId: 'client',
  clientSecret: 'a-secret',
  credentials: { signingKey: PEM, signingCertificate: SELLER.certificate.toString() },
  settings: { sendPath: '/messages', lookUpPath: '/answers', softwareTaxCode: '0101243150' },
};

export const { seller, buyer, form, symbol, paymentMethod, invoice } = DOCUMENT;
export const REQUEST: IssueRequest = {
  key: KEY,
  seller,
  buyer,
  form,
  symbol,
  paymentMethod,
  invoice,
  autoRelease: true,
  autoSign: true,
  autoSendCqt: true,
};
export const REGISTER: IssueRequest = { ...REQUEST, key: REGISTER_KEY, symbol: 'C26MYY' };
export const UNCODED: IssueRequest = { ...REQUEST, symbol: 'K26TYY' };

/** Answers of the authority to the message of KEY. */
export const ok = buildTvanMessage(answer('999', { TBao: { ...OK_999.TBao, MTDiep: ID } }, 1, ID));
export const error = buildTvanMessage(answer('999', { TBao: { ...ERROR_999.TBao, MTDiep: ID } }, 2, ID));
export const coded = buildTvanMessage(answer('202', { HDon: [CODED_HDON] }, 3, ID));
export const codedOther = buildTvanMessage(answer('202', { HDon: [CODED_HDON.replace('>61<', '>62<')] }, 3, ID));
export const valid = buildTvanMessage(answer('204', check204('2'), 4, ID));
export const refused = buildTvanMessage(
  answer('204', check204('3', { others: ['<LDo><MLoi>30005</MLoi><MTLoi>Sai MST</MTLoi></LDo>'] }), 4, ID),
);

export function transport(reply: SendResponse | Error) {
  const calls: SendRequest[] = [];
  const send: Send = async (request) => {
    calls.push(request);
    await Promise.resolve();
    if (reply instanceof Error) throw reply;
    return reply;
  };
  return { send, calls };
}

export const reply = (body: string, status = 200): SendResponse => ({ status, headers: {}, body });
