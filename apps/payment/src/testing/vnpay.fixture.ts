import { createHash, randomInt } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type CreateBehaviour = 'success' | 'refuse' | 'hang' | 'error' | 'bad-checksum';
export type CheckBehaviour = 'not-found' | 'paid' | 'pending' | 'error';

export type RefundBehaviour = 'success' | 'refuse' | 'hang' | 'error';

export interface VnpayMerchant {
  readonly merchantCode: string;
  readonly secrets: Secrets;
}

export interface Secrets {
  readonly createSecret: string;
  readonly checkSecret: string;
  readonly refundSecret: string;
  readonly callbackSecret: string;
}

/** A call that the provider received. */
export interface ReceivedCall {
  readonly path: string;
  readonly body: Record<string, string>;
}

export const md5 = (text: string): string => createHash('md5').update(text, 'utf8').digest('hex').toUpperCase();

const element = (id: string, value: string): string => `${id}${String(value.length).padStart(2, '0')}${value}`;

const crc16 = (text: string): string => {
  let crc = 0xffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
};

const qrOf = (merchantCode: string, amount: string, billNumber: string): string => {
  const head = [
    element('00', '01'),
    element('01', '12'),
    element('26', element('00', 'A000000775') + element('01', merchantCode)),
    element('52', '5999'),
    element('53', '704'),
    element('54', amount),
    element('58', 'VN'),
    element('59', 'SHOP'),
    element('60', 'HANOI'),
    element('62', element('01', billNumber)),
  ].join('');
  return `${head}6304${crc16(`${head}6304`)}`;
};

const two = (value: number): string => String(value).padStart(2, '0');

/** GMT+7, `yyyyMMddHHmmss`. */
export const stamp = (ms: number): string => {
  const at = new Date(ms + 7 * 3_600_000);
  return [
    at.getUTCFullYear(),
    two(at.getUTCMonth() + 1),
    two(at.getUTCDate()),
    two(at.getUTCHours()),
    two(at.getUTCMinutes()),
    two(at.getUTCSeconds()),
  ].join('');
};

/** A bank's trace that nobody else has. */
export const newTrace = (): string => String(randomInt(1_000_000_000, 9_999_999_999));

export interface PaymentNotice {
  readonly txnId: string;
  readonly amount: number | string;
  readonly paidAtMs: number;
  readonly qrTrace?: string;
  readonly code?: string;
}

/** The body of a signed callback, made with the vendor's formula and none of the product's code. */
export const ipnBody = (merchant: VnpayMerchant, notice: PaymentNotice): string => {
  const fields = {
    code: notice.code ?? '00',
    msgType: '1',
    txnId: notice.txnId,
    qrTrace: notice.qrTrace ?? newTrace(),
    bankCode: 'VCB',
    mobile: '',
    accountNo: '',
    amount: String(notice.amount),
    payDate: stamp(notice.paidAtMs),
    merchantCode: merchant.merchantCode,
  };
  const checksum = md5([...Object.values(fields), merchant.secrets.callbackSecret].join('|'));
  return JSON.stringify({ ...fields, message: 'paid', terminalId: 'POS1', checksum });
};

/** VNPAY QR-MMS as far as a checkout needs it. What it does is set per server, so that one test file has several. */
export class TestVnpay {
  create: CreateBehaviour = 'success';
  check: CheckBehaviour = 'not-found';
  refund: RefundBehaviour = 'success';
  /** What `check: 'paid'` tells. */
  paid: { amount: number; qrTrace: string; paidAtMs: number } = { amount: 0, qrTrace: '', paidAtMs: 0 };
  readonly calls: ReceivedCall[] = [];
  url = '';
  private readonly merchants = new Map<string, VnpayMerchant>();
  private readonly held = new Map<ServerResponse, Record<string, string>>();
  private readonly server = createServer((request, response) => void this.serve(request, response));

  static async start(): Promise<TestVnpay> {
    const vnpay = new TestVnpay();
    await new Promise<void>((resolve) => vnpay.server.listen(0, '127.0.0.1', resolve));
    vnpay.url = `http://127.0.0.1:${(vnpay.server.address() as AddressInfo).port}`;
    return vnpay;
  }

  know(merchant: VnpayMerchant): void {
    this.merchants.set(merchant.merchantCode, merchant);
  }

  callsOf(path: string, reference: string): ReceivedCall[] {
    return this.calls.filter((call) => call.path === path && call.body['txnId'] === reference);
  }

  /** Settings of a merchant whose endpoints are here. */
  tValue(merchantCode: string): Record<string, unknown> {
    return {
      appId: 'APP',
      masterMerCode: 'A000000775',
      merchantCode,
      merchantName: 'SHOP',
      merchantType: '5999',
      terminalId: 'POS1',
      endpoints: { create: `${this.url}/create`, check: `${this.url}/check`, refund: `${this.url}/refund` },
    };
  }

  /** Answers the create calls that hang with their QR. */
  release(): void {
    this.create = 'success';
    for (const [response, body] of this.held) {
      const answer = this.created(body, this.merchants.get(body['merchantCode'] ?? ''));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }
    this.held.clear();
  }

  async stop(): Promise<void> {
    for (const response of this.held.keys()) response.destroy();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, string>;
    this.calls.push({ path: request.url ?? '', body });
    const merchant = this.merchants.get(body['merchantCode'] ?? '');
    const answer = this.answerTo(request.url, body, merchant);
    if (answer === 'hang') this.held.set(response, body);
    else if (answer === 'error') response.writeHead(502).end('bad gateway');
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  private answerTo(url: string | undefined, body: Record<string, string>, merchant: VnpayMerchant | undefined) {
    if (url === '/create') return this.created(body, merchant);
    return url === '/refund' ? this.refunded() : this.checked(body, merchant);
  }

  private refunded(): object | 'hang' | 'error' {
    if (this.refund === 'hang' || this.refund === 'error') return this.refund;
    if (this.refund === 'refuse') return { code: '12', message: 'not found', qrTraceRefund: '', refundDate: '' };
    const fields = { code: '00', message: 'Success', qrTraceRefund: newTrace(), refundDate: '20261121120000' };
    return { ...fields, checkSum: md5(Object.values(fields).join('')) };
  }

  private created(body: Record<string, string>, merchant: VnpayMerchant | undefined): object | 'hang' | 'error' {
    if (this.create === 'hang' || this.create === 'error') return this.create;
    if (this.create === 'refuse' || merchant === undefined) return { code: '11', message: 'merchant is not active' };
    const data = qrOf(merchant.merchantCode, body['amount'] ?? '', body['billNumber'] ?? '');
    const secret = this.create === 'bad-checksum' ? 'somebody else' : merchant.secrets.createSecret;
    const checksum = md5(['00', 'Success', data, 'null', secret].join('|'));
    return { code: '00', message: 'Success', data, url: null, checksum, isDelete: true, idQrcode: '1' };
  }

  private checked(body: Record<string, string>, merchant: VnpayMerchant | undefined): object | 'error' {
    if (this.check === 'error') return 'error';
    if (this.check === 'pending') return { code: '08', message: 'in doubt' };
    if (this.check === 'not-found' || merchant === undefined) return { code: '01', message: 'not found' };
    const at = stamp(this.paid.paidAtMs);
    const payDate =
      `${at.slice(6, 8)}/${at.slice(4, 6)}/${at.slice(0, 4)} ` +
      `${at.slice(8, 10)}:${at.slice(10, 12)}:${at.slice(12, 14)}`;
    const fields = {
      masterMerchantCode: 'A000000775',
      merchantCode: merchant.merchantCode,
      terminalID: body['terminalID'] ?? '',
      txnId: body['txnId'] ?? '',
      payDate,
      bankCode: 'VCB',
      qrTrace: this.paid.qrTrace,
      debitAmount: String(this.paid.amount),
      realAmount: String(this.paid.amount),
    };
    const checkSum = md5([...Object.values(fields), merchant.secrets.checkSecret].join('|'));
    return { code: '00', message: 'paid', billNumber: fields.txnId, ...fields, checkSum };
  }
}
