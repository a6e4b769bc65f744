import { AppError, invalidField } from '@nx/contracts';
import { formatVnd } from '@nx/money';
import { checkAmount, type PaymentMethod, type PaymentProvider, type ProviderConfiguration } from '@nx/mq-pay';
import { providerOf } from '../providers/call-provider';
import type { CheckoutRequest } from './checkout.dto';

const DEFAULT_EXPIRATION_MS = 15 * 60_000;
const METADATA_LIMIT_BYTES = 4096;

/** What a checkout asks for, after every rule that needs no database. */
export interface CheckoutPlan {
  readonly provider: PaymentProvider;
  readonly method: PaymentMethod;
  readonly total: bigint;
  /** Undefined: all that is due. */
  readonly amount: bigint | undefined;
  readonly currency: string;
  readonly expiresInMs: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Checks provider, method, currency and amounts. Throws one `AppError` that names the member and the remedy. */
export const planCheckout = (request: CheckoutRequest): CheckoutPlan => {
  const { payment } = request;
  const provider = providerOf(payment.provider);
  const method = provider.methods.find((known) => known === payment.method);
  if (method === undefined) {
    const detail = `${provider.code} takes ${provider.methods.join(', ')}`;
    throw invalidField('payment.provider.method_not_supported', '/payment/method', detail);
  }
  if (payment.currency !== provider.amountWindow.currency) {
    const detail = `${provider.code} takes ${provider.amountWindow.currency}`;
    throw invalidField('payment.currency.not_supported', '/payment/currency', detail);
  }
  const total = BigInt(payment.total);
  const amount = payment.amount === undefined ? undefined : BigInt(payment.amount);
  if (amount !== undefined && amount > total) {
    throw invalidField('request.invalid', '/payment/amount', 'is at most the total');
  }
  return {
    provider,
    method,
    total,
    amount,
    currency: payment.currency,
    expiresInMs: request.expiration?.milliseconds ?? DEFAULT_EXPIRATION_MS,
    metadata: checkedMetadata(request.metadata),
  };
};

/** Throws `payment.amount.out_of_window` when the provider, or the merchant's contract with it, does not allow it. */
export const checkWindow = (plan: CheckoutPlan, configuration: ProviderConfiguration, amount: bigint): void => {
  const window = configuration.amountWindow ?? plan.provider.amountWindow;
  if (checkAmount(window, amount, plan.currency).fits) return;
  const detail = `${plan.provider.code} takes ${formatVnd(window.minimumMinor)} to ${formatVnd(window.maximumMinor)}`;
  throw invalidField('payment.amount.out_of_window', '/payment/amount', detail);
};

const checkedMetadata = (metadata: Record<string, unknown> | undefined): Readonly<Record<string, unknown>> => {
  if (metadata === undefined) return {};
  if (Buffer.byteLength(JSON.stringify(metadata), 'utf8') > METADATA_LIMIT_BYTES) {
    throw new AppError({
      code: 'request.invalid',
      detail: 'The metadata is too large.',
      errors: [{ pointer: '/metadata', detail: `is at most ${METADATA_LIMIT_BYTES} bytes of JSON` }],
    });
  }
  return metadata;
};
