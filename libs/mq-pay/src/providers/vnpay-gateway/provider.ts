import type { PaymentProvider } from '../../provider';
import { GATEWAY_CALLBACKS } from './callback';
import { GATEWAY_ERROR_TABLE } from './codes';
import { GATEWAY_AMOUNT_WINDOW, parseGatewayConfiguration } from './configuration';
import { createPayUrl } from './create';
import { queryPayment } from './query';
import { queryRefund } from './query-refund';
import { refundPayment } from './refund';

/** VNPAY's pay page, API 2.1.0. */
export const GATEWAY_PROVIDER: PaymentProvider = {
  code: 'VNPAY_GATEWAY',
  methods: ['300_GATEWAY'],
  capabilities: {
    connectivity: 'LOCAL',
    createRepeatable: true,
    query: true,
    refund: true,
    partialRefund: true,
    refundQuery: true,
    // The pay page cannot be told that an attempt is void; the address dies with `vnp_ExpireDate`.
    cancel: false,
    callback: true,
    unknownOutcome: true,
  },
  amountWindow: GATEWAY_AMOUNT_WINDOW,
  errorTable: GATEWAY_ERROR_TABLE,
  statusPageUrl: null,
  refusal: null,
  parseConfiguration: parseGatewayConfiguration,
  create: createPayUrl,
  query: queryPayment,
  refund: refundPayment,
  queryRefund,
  callbacks: GATEWAY_CALLBACKS,
};
