import type { Drawn, Faults } from '../faults/faults';
import type { Outgoing } from '../faults/outgoing';
import { SandboxError } from '../shared/errors';
import { pause } from '../shared/pause';
import { derivedBytes } from '../shared/random';
import { Reader } from '../shared/reader';
import type { Table, TruthRecord } from '../shared/record';
import { callbackBody, isFinal, postCallback } from './callback';
import { checkTransaction } from './check-transaction';
import { createQr, type CreateAnswer } from './create-qr';
import { readQr } from './emv';
import type { CallbackTry, QrCode, QrMerchant, QrPayment } from './model';
import { refund } from './refund';

interface CallbackRule {
  callbackTries: number;
  callbackRetryMs: number;
  callbackTimeoutMs: number;
}

type Body = Readonly<Record<string, unknown>>;

/** VNPAY's merchant QR: who is registered, which codes are out, what was paid. */
export class QrMms {
  private readonly merchants: Table<QrMerchant>;
  private readonly codes: Table<QrCode>;
  private readonly payments: Table<QrPayment>;
  private traces = 0;

  constructor(
    truth: TruthRecord,
    private readonly faults: Faults,
    private readonly rule: CallbackRule,
    private readonly outgoing: Outgoing,
    private readonly stop: AbortSignal,
  ) {
    this.merchants = truth.table<QrMerchant>('qr-mms.merchants');
    this.codes = truth.table<QrCode>('qr-mms.codes');
    this.payments = truth.table<QrPayment>('qr-mms.payments');
  }

  /** Registers a merchant, or replaces its registration. One text as `secrets` stands for all four. */
  register(body: unknown): QrMerchant {
    const read = new Reader(body);
    const one = typeof read.raw('secrets') === 'string' ? read.text('secrets') : undefined;
    const four = one === undefined ? read.object('secrets') : undefined;
    const secret = (name: string): string => one ?? four?.text(name) ?? '';
    const merchant: QrMerchant = {
      merchantCode: read.text('merchantCode'),
      masterMerCode: read.optionalText('masterMerCode') ?? 'A000000775',
      terminalId: read.text('terminalId'),
      appId: read.text('appId'),
      secrets: {
        create: secret('create'),
        check: secret('check'),
        refund: secret('refund'),
        callback: secret('callback'),
      },
      callbackUrl: read.optionalText('callbackUrl'),
      merchantId: read.optionalText('merchantId'),
      city: read.optionalText('city') ?? 'HANOI',
      storeLabel: read.optionalText('storeLabel') ?? '',
      active: read.raw('active') !== false,
      terminalActive: read.raw('terminalActive') !== false,
    };
    return this.merchants.put(merchant.merchantCode, merchant);
  }

  allMerchants(): QrMerchant[] {
    return this.merchants.all();
  }

  allCodes(): QrCode[] {
    return this.codes.all();
  }

  allPayments(): QrPayment[] {
    return this.payments.all();
  }

  create(body: Body, drawn: Drawn): CreateAnswer {
    const merchantOf = this.merchants.get(String(body['merchantCode'] ?? ''));
    return createQr(
      body,
      {
        merchant: merchantOf,
        existing: (merchantCode, reference) => {
          const qr = this.codes.get(`${merchantCode}/${reference}`);
          return qr === undefined
            ? undefined
            : { qr, paid: this.paymentsFor(qr).some(({ status }) => status === 'PAID') };
        },
        keep: (qr) => void this.codes.put(`${qr.merchantCode}/${qr.reference}`, qr),
      },
      drawn,
    );
  }

  check(body: Body, drawn: Drawn): Body {
    return checkTransaction(body, this.merchants.get(String(body['merchantCode'] ?? '')), this.payments.all(), drawn);
  }

  refund(body: Body, drawn: Drawn): Body {
    const merchant = this.merchants.get(String(body['merchantCode'] ?? ''));
    const own = this.payments.all().filter(({ merchantCode }) => merchantCode === merchant?.merchantCode);
    return refund(
      body,
      {
        merchant,
        payment: own.find(({ qrTrace }) => qrTrace === body['qrTrace']),
        numberUsed: own.some(({ refunds }) =>
          refunds.some(({ refundTxnId }) => refundTxnId === String(body['refundTxnId'])),
        ),
        nextTrace: () => this.nextTrace('refund'),
        keep: (payment) => void this.payments.put(payment.qrTrace, payment),
      },
      drawn,
    );
  }

  /** The buyer scans and confirms: money is taken (or declined) first, then the merchant is told. */
  async pay(body: unknown): Promise<{ payment: QrPayment; callbacks: readonly CallbackTry[] }> {
    const read = new Reader(body);
    const qr = this.scan(read);
    const paidAtText = read.raw('paidAt');
    const paidAt = paidAtText === undefined ? Date.now() : new Date(paidAtText as string | number).getTime();
    if (Number.isNaN(paidAt)) throw read.wrong('paidAt', 'must be an instant');
    const declined = read.flag('decline');
    if (paidAtText === undefined && qr.expiresAt !== null && Date.now() >= qr.expiresAt && !read.flag('ignoreExpiry')) {
      throw new SandboxError(422, 'this QR has expired; give /paidAt or /ignoreExpiry to pay all the same');
    }
    if (!declined && !read.flag('again') && this.paymentsFor(qr).some(({ status }) => status === 'PAID')) {
      throw new SandboxError(409, 'this QR is paid; give /again to take the money a second time');
    }
    const amount = read.optionalInteger('amount') ?? qr.amount;
    const payment: QrPayment = {
      qrTrace: this.nextTrace(qr.reference),
      status: declined ? 'DECLINED' : 'PAID',
      code: declined ? (read.optionalText('declineCode') ?? '24') : '00',
      message: declined ? 'Giao dich khong thanh cong' : 'Giao dich thanh cong',
      merchantCode: qr.merchantCode,
      masterMerCode: qr.masterMerCode,
      terminalId: qr.terminalId,
      merchantType: qr.merchantType,
      txnId: qr.reference,
      amount,
      realAmount: read.optionalInteger('realAmount') ?? amount,
      bankCode: read.optionalText('bankCode') ?? 'VNPAYEWALLET',
      mobile: read.optionalText('mobile') ?? '',
      accountNo: read.optionalText('accountNo') ?? '',
      paidAt,
      refunds: [],
      callbacks: [],
    };
    this.payments.put(payment.qrTrace, payment);
    const how = read.optionalOneOf('callback', ['send', 'hold', 'duplicate']) ?? 'send';
    const sent = how === 'hold' ? Promise.resolve([]) : this.tell(payment.qrTrace, how === 'duplicate' ? 2 : 1);
    const callbacks = read.raw('wait') === false ? [] : await sent;
    return { payment: this.payments.get(payment.qrTrace) ?? payment, callbacks };
  }

  /** Sends a payment's callback again, as it is or with a signature that nobody can have made. */
  async callAgain(body: unknown): Promise<{ callbacks: readonly CallbackTry[] }> {
    const read = new Reader(body);
    const trace = read.optionalText('qrTrace');
    const txnId = trace === undefined ? read.text('txnId') : undefined;
    const payment = this.payments
      .all()
      .findLast((row) => (trace === undefined ? row.txnId === txnId : row.qrTrace === trace));
    if (payment !== undefined) return { callbacks: [await this.post(payment.qrTrace, read.flag('forged'))] };
    const qr = this.codes.all().find(({ reference }) => reference === txnId);
    if (qr === undefined || !read.flag('forged')) throw new SandboxError(404, 'no payment under this reference');
    return { callbacks: [await this.forge(qr)] };
  }

  /** Claims a payment that never was, in the name of the vendor: no money is taken, the signature cannot be right. */
  private async forge(qr: QrCode): Promise<CallbackTry> {
    const { merchant, url } = this.addressee(qr.merchantCode);
    const invented: QrPayment = {
      qrTrace: this.nextTrace(`forged/${qr.reference}`),
      status: 'PAID',
      code: '00',
      message: 'Giao dich thanh cong',
      merchantCode: qr.merchantCode,
      masterMerCode: qr.masterMerCode,
      terminalId: qr.terminalId,
      merchantType: qr.merchantType,
      txnId: qr.reference,
      amount: qr.amount,
      realAmount: qr.amount,
      bankCode: 'VNPAYEWALLET',
      mobile: '',
      accountNo: '',
      paidAt: Date.now(),
      refunds: [],
      callbacks: [],
    };
    const drawn = this.faults.draw('vnpay-qr-mms.callback', qr.reference);
    return postCallback(url, callbackBody(invented, merchant, drawn, true), true, this.rule.callbackTimeoutMs);
  }

  /** The first try of each copy is waited for; further ones follow by the retry rule in the background. */
  private async tell(qrTrace: string, copies: number): Promise<CallbackTry[]> {
    const payment = this.payments.get(qrTrace);
    if (payment === undefined || this.merchants.get(payment.merchantCode)?.callbackUrl === undefined) return [];
    const tries: CallbackTry[] = [];
    for (let copy = 0; copy < copies; copy += 1) {
      const drawn = this.faults.draw('vnpay-qr-mms.callback', payment.txnId);
      tries.push(...(await this.outgoing.send(drawn, () => this.post(qrTrace, false, drawn))));
    }
    const last = tries.at(-1);
    if (last === undefined || !isFinal(last)) void this.retry(qrTrace);
    return tries;
  }

  private async retry(qrTrace: string): Promise<void> {
    for (let n = 1; n < this.rule.callbackTries; n += 1) {
      await pause(this.rule.callbackRetryMs, this.stop);
      if (this.stop.aborted || this.payments.get(qrTrace)?.callbacks.some(isFinal) === true) return;
      const drawn = this.faults.draw('vnpay-qr-mms.callback', this.payments.get(qrTrace)?.txnId ?? qrTrace);
      await this.outgoing.send(drawn, () => this.post(qrTrace, false, drawn));
    }
  }

  private async post(qrTrace: string, forged: boolean, drawnBefore?: Drawn): Promise<CallbackTry> {
    const payment = this.payments.get(qrTrace);
    if (payment === undefined) throw new SandboxError(404, `no payment ${qrTrace}`);
    const { merchant, url } = this.addressee(payment.merchantCode);
    const drawn = drawnBefore ?? this.faults.draw('vnpay-qr-mms.callback', payment.txnId);
    const attempt = await postCallback(
      url,
      callbackBody(payment, merchant, drawn, forged),
      forged,
      this.rule.callbackTimeoutMs,
    );
    const now = this.payments.get(qrTrace) ?? payment;
    this.payments.put(qrTrace, { ...now, callbacks: [...now.callbacks, attempt] });
    return attempt;
  }

  private addressee(merchantCode: string): { merchant: QrMerchant; url: string } {
    const merchant = this.merchants.get(merchantCode);
    if (merchant?.callbackUrl === undefined) throw new SandboxError(409, `merchant ${merchantCode} has no callbackUrl`);
    return { merchant, url: merchant.callbackUrl };
  }

  private scan(read: Reader): QrCode {
    const content = read.optionalText('qrContent');
    let merchantCode = read.optionalText('merchantCode');
    let reference = read.optionalText('txnId');
    if (content !== undefined) {
      try {
        ({ merchantCode, billNumber: reference } = readQr(content));
      } catch (error) {
        throw read.wrong('qrContent', `cannot be scanned: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (reference === undefined) throw read.wrong('txnId', 'or /qrContent must be given');
    const stray = read.flag('withoutQr') ? this.strayCode(read, reference) : undefined;
    const qr =
      stray ??
      (merchantCode === undefined
        ? this.codes.all().findLast((code) => code.reference === reference)
        : this.codes.get(`${merchantCode}/${reference}`));
    if (qr === undefined) throw new SandboxError(404, `no QR was handed out for ${reference}`);
    return qr;
  }

  /** Money for a reference that no QR of ours carries, as after a printed code or a vendor's mix-up. */
  private strayCode(read: Reader, reference: string): QrCode {
    const merchant = this.merchants.get(read.text('merchantCode'));
    if (merchant === undefined) throw read.wrong('merchantCode', 'is not registered');
    return {
      idQrcode: '',
      merchantCode: merchant.merchantCode,
      masterMerCode: merchant.masterMerCode,
      terminalId: merchant.terminalId,
      merchantType: '9999',
      reference,
      amount: read.integer('amount'),
      expiresAt: null,
      qrContent: '',
      createdAt: Date.now(),
    };
  }

  private paymentsFor(qr: QrCode): QrPayment[] {
    return this.payments.all().filter((row) => row.merchantCode === qr.merchantCode && row.txnId === qr.reference);
  }

  /** Nine digits, unique, and the same in a run with the same seed and order. */
  private nextTrace(salt: string): string {
    for (;;) {
      this.traces += 1;
      const trace = String(200_000_000 + (derivedBytes('trace', salt, this.traces).readUInt32BE(0) % 799_999_999));
      if (this.payments.get(trace) === undefined) return trace;
    }
  }
}
