import type { Api } from '../../demo/http.mjs';
import type { Truth } from './world';

interface QrPayment {
  readonly qrTrace: string;
  readonly status: string;
  readonly amount: number;
  readonly refunds: readonly { readonly amount: number }[];
}

interface GatewayPayment {
  readonly transactionNo: string;
  readonly status: string;
  /** đồng × 100. */
  readonly amount: number;
  readonly refunds: readonly { readonly amount: number; readonly status: string }[];
}

interface Book {
  readonly requestId: string;
  readonly taxCode: string;
  readonly symbol: string;
  readonly number: number | null;
  readonly total: number;
}

interface OrderFile {
  readonly order: {
    readonly id: string;
    readonly status: string;
    readonly total: number;
    readonly saleChannelId?: string;
  };
  readonly findings: readonly string[];
}

interface MerchantRow {
  readonly id: string;
  readonly metadata: { readonly tax?: { readonly address?: string } };
}

const REFUND_AT_BANK = '06';
const REFUND_REJECTED = '09';

/** Reads the sandbox's record of the truth. */
export async function readTruth(sandbox: Api): Promise<Truth> {
  const list = async <T>(path: string): Promise<readonly T[]> => (await sandbox.get<{ data: readonly T[] }>(path)).data;
  const qr = (await list<QrPayment>('/vnpay/qr-mms/payments')).filter(({ status }) => status === 'PAID');
  const gateway = (await list<GatewayPayment>('/vnpay/gateway/payments')).filter(({ status }) => status === '00');
  const books = await list<Book>('/vnpay-invoice/invoices');
  const merchants = await list<MerchantRow>('/commerce/merchants');
  const files = await list<OrderFile>('/sale/orders');
  return {
    charges: [
      ...qr.map(({ qrTrace, amount }) => ({ provider: 'VNPAY_QR_MMS', reference: qrTrace, amount })),
      ...gateway.map(({ transactionNo, amount }) => {
        return { provider: 'VNPAY_GATEWAY', reference: transactionNo, amount: amount / 100 };
      }),
    ],
    refunds: [
      ...qr.flatMap(({ qrTrace, refunds }) =>
        refunds.map(({ amount }) => ({ provider: 'VNPAY_QR_MMS', reference: qrTrace, amount, done: true })),
      ),
      ...gateway.flatMap(({ transactionNo, refunds }) =>
        refunds
          .filter(({ status }) => status !== REFUND_REJECTED)
          .map(({ amount, status }) => {
            const done = status === REFUND_AT_BANK;
            return { provider: 'VNPAY_GATEWAY', reference: transactionNo, amount: amount / 100, done };
          }),
      ),
    ],
    invoices: books.flatMap(({ requestId, taxCode, symbol, number, total }) =>
      number === null ? [] : [{ providerKey: requestId, series: `${taxCode} ${symbol}`, number, total }],
    ),
    orders: files.map(({ order, findings }) => ({
      id: order.id,
      status: order.status,
      total: order.total,
      hasChannel: order.saleChannelId !== undefined,
      findings,
    })),
    taxes: merchants.map(({ id, metadata }) => ({ merchant: id, address: metadata.tax?.address ?? null })),
  };
}
