import { checkAmount } from '../../amount-window';
import type { AmountWindow } from '../../amount-window';
import type { CreateRequest, CreateResult } from '../../provider';
import { asGateway } from './configuration';
import { GATEWAY_JUDGE } from './judge';
import { GatewayFieldError } from './gateway-error';
import { buildPayUrl } from './pay-message';
import { toOrderInfo } from './wire-values';

/**
 * The signed address for the buyer's browser. It is made here and nobody is asked: made again for the same attempt it is
 * the same address. The end is rounded up to the second, so that an attempt is never shorter at VNPAY than with us.
 */
export async function createPayUrl(request: CreateRequest): Promise<CreateResult> {
  const { settings, amountWindow, hashSecret } = asGateway(request.configuration);
  checkCarriable(request, amountWindow);
  const payUrl = buildPayUrl(
    settings.endpoints.pay,
    {
      version: settings.version,
      command: 'pay',
      tmnCode: settings.tmnCode,
      amountMinor: request.amountMinor,
      bankCode: settings.bankCode,
      createdAtMs: request.createdAtMs,
      expiresAtMs: Math.ceil(request.expiresAtMs / 1_000) * 1_000,
      ipAddress: request.buyerAddress ?? settings.ipAddress,
      locale: settings.locale,
      orderInfo: toOrderInfo(request.description, `Thanh toan ${request.attemptUid}`),
      orderType: settings.orderType,
      returnUrl: settings.returnUrl,
      txnRef: request.attemptUid,
    },
    hashSecret,
  );
  return { ...GATEWAY_JUDGE.succeeded('00', 'The address was made.'), payUrl, raw: { request: payUrl } };
}

function checkCarriable(request: CreateRequest, window: AmountWindow): void {
  const check = checkAmount(window, request.amountMinor, request.currency);
  if (!check.fits) {
    throw check.problem === 'CURRENCY'
      ? new GatewayFieldError('vnp_CurrCode', 'UNEXPECTED')
      : new GatewayFieldError('vnp_Amount', 'OUT_OF_WINDOW');
  }
  if (request.expiresAtMs <= request.createdAtMs) throw new GatewayFieldError('vnp_ExpireDate', 'UNEXPECTED');
}
