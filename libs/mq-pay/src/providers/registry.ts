import type { PaymentProvider, ProviderCode } from '../provider';
import { SYSTEM_PROVIDER } from './system/provider';
import { GATEWAY_PROVIDER } from './vnpay-gateway/provider';
import { VIETQR_PROVIDER } from './vietqr/provider';
import { phonePosProvider } from './vnpay-phone-pos/provider';
import { QR_MMS_PROVIDER } from './vnpay-qr-mms/provider';
import { SMART_POS_PROVIDER } from './vnpay-smart-pos/provider';

/** Throws unless each code has one provider and each declared capability the function that it promises. */
export function providerRegistry(providers: readonly PaymentProvider[]): ReadonlyMap<ProviderCode, PaymentProvider> {
  const registry = new Map<ProviderCode, PaymentProvider>();
  for (const provider of providers) {
    if (registry.has(provider.code)) throw new Error(`two providers are called ${provider.code}`);
    const { query, refund, refundQuery, cancel, callback } = provider.capabilities;
    const kept =
      query === (provider.query !== undefined) &&
      refund === (provider.refund !== undefined) &&
      refundQuery === (provider.queryRefund !== undefined) &&
      cancel === (provider.cancel !== undefined) &&
      callback === (provider.callbacks !== null);
    if (!kept) throw new Error(`${provider.code} declares a capability that it does not have, or has one undeclared`);
    registry.set(provider.code, provider);
  }
  return registry;
}

/** Every provider with an adapter. One with a `refusal` is declared only. */
export const PROVIDERS: ReadonlyMap<ProviderCode, PaymentProvider> = providerRegistry([
  QR_MMS_PROVIDER,
  GATEWAY_PROVIDER,
  phonePosProvider(),
  VIETQR_PROVIDER,
  SYSTEM_PROVIDER,
  SMART_POS_PROVIDER,
]);
