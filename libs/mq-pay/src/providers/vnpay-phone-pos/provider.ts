import type { PaymentProvider } from '../../provider';
import { callbackProtocol, QR_MMS_CALLBACK_SHAPE } from '../vnpay-qr-mms/callback';
import type { CallbackShape } from '../vnpay-qr-mms/callback';
import { QR_MMS_AMOUNT_WINDOW } from '../vnpay-qr-mms/create';
import { parsePhonePosConfiguration } from './configuration';
import { createSale } from './create';
import { PHONE_POS_ERROR_TABLE } from './judge';
import { queryPayment } from './query';

/**
 * VNPAY's SoftPOS (a phone that takes cards and QR). Its protocol is not public. What is known is that its callback is of
 * QR-MMS's family; names, signed members and their order are therefore parameters, with those of QR-MMS as an unconfirmed
 * default. They belong to VNPAY's product and not to a merchant, because a callback must be read before it names one: a
 * deployment that has the real document builds its provider with them. Refunds are not known and not declared.
 */
export function phonePosProvider(shape: CallbackShape = QR_MMS_CALLBACK_SHAPE): PaymentProvider {
  return {
    code: 'VNPAY_PHONE_POS',
    methods: ['400_PHONE_POS'],
    capabilities: {
      connectivity: 'LOCAL',
      createRepeatable: true,
      query: true,
      refund: false,
      partialRefund: false,
      refundQuery: false,
      cancel: false,
      callback: true,
      unknownOutcome: true,
    },
    amountWindow: QR_MMS_AMOUNT_WINDOW,
    errorTable: PHONE_POS_ERROR_TABLE,
    statusPageUrl: null,
    refusal: null,
    parseConfiguration: parsePhonePosConfiguration,
    create: createSale,
    query: queryPayment,
    callbacks: callbackProtocol(shape),
  };
}
