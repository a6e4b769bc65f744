import type { ErrorTable } from '../../error-table';
import type { CreateRequest, CreateResult, PaymentProvider } from '../../provider';
import { parseSystemConfiguration } from './configuration';

const ERROR_TABLE: ErrorTable = { version: 'system-1', codes: {} };

/** Cash and bank transfer received by a person at the counter: works offline and knows no unknown outcome. */
export const SYSTEM_PROVIDER: PaymentProvider = {
  code: 'SYSTEM',
  methods: ['000_CASH', '200_BANK_TRANSFER'],
  capabilities: {
    connectivity: 'LOCAL',
    createRepeatable: true,
    query: false,
    refund: false,
    partialRefund: false,
    refundQuery: false,
    cancel: false,
    callback: false,
    unknownOutcome: false,
  },
  amountWindow: { currency: 'VND', minimumMinor: 1n, maximumMinor: BigInt(Number.MAX_SAFE_INTEGER) },
  errorTable: ERROR_TABLE,
  statusPageUrl: null,
  refusal: null,
  parseConfiguration: parseSystemConfiguration,
  create: createLocally,
  callbacks: null,
};

/** Nothing has to be asked of anybody: the attempt waits for the cashier. */
function createLocally(request: CreateRequest): Promise<CreateResult> {
  return Promise.resolve({
    outcome: 'SUCCEEDED',
    raw: { request: `SYSTEM CREATE ${request.attemptUid}` },
    retry: false,
    fallbackAllowed: false,
    codeTableVersion: ERROR_TABLE.version,
  });
}
