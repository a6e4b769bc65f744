import type { Actor } from '@nx/authz';
import { AppError } from '@nx/contracts';

/** An actor of a merchant-scoped route. The guard refuses requests without a merchant; this tells the compiler. */
export type MerchantActor = Actor & { readonly merchantId: string };

export const activeMerchant = (actor: Actor): MerchantActor => {
  if (actor.merchantId === null) {
    throw new AppError({ code: 'auth.merchant_required', detail: 'Name a merchant in the header x-merchant-id.' });
  }
  return { ...actor, merchantId: actor.merchantId };
};
