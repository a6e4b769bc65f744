import { ConfigurationError } from '../../configuration-error';
import type { CreateResult, PaymentProvider } from '../../provider';

const REFUSAL = 'VNPAY publishes no protocol for its smart POS terminals; use VNPAY_QR_MMS at the counter.';

/** Declared, so that the name gets a clear answer, and refused everywhere. */
export const SMART_POS_PROVIDER: PaymentProvider = {
  code: 'VNPAY_SMART_POS',
  methods: [],
  capabilities: {
    connectivity: 'ONLINE',
    createRepeatable: false,
    query: false,
    refund: false,
    partialRefund: false,
    refundQuery: false,
    cancel: false,
    callback: false,
    unknownOutcome: true,
  },
  amountWindow: { currency: 'VND', minimumMinor: 1n, maximumMinor: 9_999_999_999_999n },
  errorTable: { version: 'vnpay-smart-pos-1', codes: {} },
  statusPageUrl: null,
  refusal: REFUSAL,
  parseConfiguration: () => {
    throw new ConfigurationError([{ pointer: '', detail: REFUSAL }]);
  },
  create: (): Promise<CreateResult> =>
    Promise.resolve({
      outcome: 'REFUSED',
      reason: 'PROTOCOL_UNKNOWN',
      detail: REFUSAL,
      raw: { request: '' },
      retry: false,
      fallbackAllowed: true,
      codeTableVersion: 'vnpay-smart-pos-1',
    }),
  callbacks: null,
};
