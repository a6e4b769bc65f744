import type { PaymentProvider } from '../../provider';
import { QR_MMS_CALLBACKS } from './callback';
import { QR_MMS_ERROR_TABLE } from './codes';
import { parseQrMmsConfiguration } from './configuration';
import { createQr, QR_MMS_AMOUNT_WINDOW } from './create';
import { queryPayment } from './query';
import { refundPayment } from './refund';

/** VNPAY's dynamic merchant QR. Amounts are whole VND, not multiplied. */
export const QR_MMS_PROVIDER: PaymentProvider = {
  code: 'VNPAY_QR_MMS',
  methods: ['100_QR_CODE'],
  capabilities: {
    connectivity: 'ONLINE',
    // The QR is a text around the bill number: asked again, the provider knows no "duplicate" and moves no money.
    createRepeatable: true,
    query: true,
    refund: true,
    partialRefund: true,
    refundQuery: false,
    cancel: false,
    callback: true,
    unknownOutcome: true,
  },
  amountWindow: QR_MMS_AMOUNT_WINDOW,
  errorTable: QR_MMS_ERROR_TABLE,
  statusPageUrl: null,
  refusal: null,
  parseConfiguration: parseQrMmsConfiguration,
  create: createQr,
  query: queryPayment,
  refund: refundPayment,
  callbacks: QR_MMS_CALLBACKS,
};
