import { checkAmount } from '../../amount-window';
import type { CreateRequest, CreateResult } from '../../provider';
import { isProviderSafeReference } from '../../references';
import { QR_MMS_AMOUNT_WINDOW } from '../vnpay-qr-mms/create';
import { asPhonePos } from './configuration';
import type { PhonePosSettings } from './configuration';
import { PHONE_POS_JUDGE } from './judge';

/**
 * Nothing public says how a sale is handed to the phone, so nobody is asked: the attempt waits for its callback, and the
 * cashier gets the reference, as a link into the POS app where the merchant's settings have one.
 * Throws `RangeError` for what the family's messages cannot carry.
 */
export async function createSale(request: CreateRequest): Promise<CreateResult> {
  const { settings } = asPhonePos(request.configuration);
  if (!isProviderSafeReference(request.attemptUid)) throw new RangeError('The reference must be 1 to 15 of [A-Z0-9_].');
  if (!checkAmount(QR_MMS_AMOUNT_WINDOW, request.amountMinor, request.currency).fits) {
    throw new RangeError('VNPAY phone POS takes whole VND: positive and at most 13 digits.');
  }
  const payUrl = appLinkOf(settings, request.attemptUid, request.amountMinor);
  return {
    ...PHONE_POS_JUDGE.succeeded('00', 'Ready for the phone.'),
    raw: { request: `VNPAY_PHONE_POS CREATE ${request.attemptUid}` },
    ...(payUrl === null ? {} : { payUrl }),
  };
}

/** The merchant's link with `{reference}`, `{amount}` (whole VND), `{merchantCode}` and `{terminalId}` filled in. */
export function appLinkOf(settings: PhonePosSettings, reference: string, amountMinor: bigint): string | null {
  if (settings.appLink === null) return null;
  const values: Readonly<Record<string, string>> = {
    reference,
    amount: amountMinor.toString(),
    merchantCode: settings.merchantCode,
    terminalId: settings.terminalId,
  };
  return settings.appLink.replace(/\{([a-zA-Z]+)\}/g, (_whole, name: string) => encodeURIComponent(values[name] ?? ''));
}
