import { AppError } from '@nx/contracts';
import type { Actor } from './actor';

/** An actor of a merchant-scoped route. */
export type MerchantActor = Actor & { readonly merchantId: string };

/** The guard refuses such a request without a merchant; this tells the compiler. Throws `auth.merchant_required`. */
export const activeMerchant = (actor: Actor): MerchantActor => {
  if (actor.merchantId === null) {
    throw new AppError({ code: 'auth.merchant_required', detail: 'Name a merchant in the header x-merchant-id.' });
  }
  return { ...actor, merchantId: actor.merchantId };
};
