import { buildVietQr } from '../../emv/vietqr-profile';
import type { ErrorTable } from '../../error-table';
import type { AmountWindow } from '../../amount-window';
import { checkAmount } from '../../amount-window';
import type { CreateRequest, CreateResult, PaymentProvider } from '../../provider';
import { isProviderSafeReference } from '../../references';
import { asVietQr, parseVietQrConfiguration } from './configuration';

const ERROR_TABLE: ErrorTable = { version: 'vietqr-1', codes: {} };
/** What object 54 can carry; a bank's own limits are the buyer's affair. */
const WINDOW: AmountWindow = { currency: 'VND', minimumMinor: 1n, maximumMinor: 9_999_999_999_999n };

/**
 * NAPAS VietQR, made here: the buyer transfers to the merchant's own account, and nobody tells us. What proves a payment
 * is the line of the bank statement, found by the attempt's reference in its text (`matchTransferContent`). An attempt
 * can end without proof, because a transfer may arrive after the last statement that was seen.
 */
export const VIETQR_PROVIDER: PaymentProvider = {
  code: 'VIETQR',
  methods: ['100_QR_CODE'],
  capabilities: {
    connectivity: 'LOCAL',
    createRepeatable: true,
    query: false,
    refund: false,
    partialRefund: false,
    refundQuery: false,
    cancel: false,
    callback: false,
    unknownOutcome: true,
  },
  amountWindow: WINDOW,
  errorTable: ERROR_TABLE,
  statusPageUrl: null,
  refusal: null,
  parseConfiguration: parseVietQrConfiguration,
  create: (request: CreateRequest): Promise<CreateResult> =>
    // Within the chain, so that a fault of the caller is a rejection as at every other provider.
    Promise.resolve(request).then(createLocally),
  callbacks: null,
};

/** The same request gives the same code, so it may be repeated at will. */
function createLocally(request: CreateRequest): CreateResult {
  const { settings } = asVietQr(request.configuration);
  if (!isProviderSafeReference(request.attemptUid)) throw new RangeError('The reference must be 1 to 15 of [A-Z0-9_].');
  if (!checkAmount(WINDOW, request.amountMinor, request.currency).fits) {
    throw new RangeError('VietQR takes whole VND: positive and at most 13 digits.');
  }
  const qrContent = buildVietQr({
    bankBin: settings.bankBin,
    account: settings.accountNumber,
    service: settings.serviceCode,
    initiation: 'DYNAMIC',
    amountMinor: request.amountMinor,
    merchantName: settings.accountName,
    ...(settings.categoryCode === null ? {} : { categoryCode: settings.categoryCode }),
    ...(settings.city === null ? {} : { city: settings.city }),
    // Nothing else stands in the purpose: the more a bank has to cut, the less is left of the reference.
    purpose: request.attemptUid,
  });
  return {
    outcome: 'SUCCEEDED',
    qrContent,
    raw: { request: `VIETQR CREATE ${request.attemptUid}`, response: qrContent },
    retry: false,
    fallbackAllowed: false,
    codeTableVersion: ERROR_TABLE.version,
  };
}
