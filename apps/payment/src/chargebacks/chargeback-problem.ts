import { AppError, invalidField } from '@nx/contracts';
import type { ChargebackProblem } from '@nx/mq-pay';
import type { Chargeback } from './chargeback';
import { chargebackView } from './chargeback.view';

export const chargebackNotFound = (): AppError =>
  new AppError({ code: 'payment.chargeback.not_found', detail: 'There is no such chargeback.' });

/** Why a chargeback is not opened. */
export const refusedChargeback = (problem: ChargebackProblem): AppError =>
  problem === 'NOTHING_TO_CONTEST'
    ? new AppError({
        code: 'payment.chargeback.nothing_to_contest',
        detail: 'The transaction has no payment through a provider that could be contested.',
      })
    : invalidField('payment.chargeback.exceeds_paid', '/amount', 'More than was paid and is not contested yet.');

/** `known` is the case itself, where it is about the transaction of the request. */
export const referenceUsed = (reference: string, known?: Chargeback): AppError =>
  new AppError({
    code: 'payment.chargeback.exists',
    detail: `The provider's case ${reference} is known already${known === undefined ? '' : ` and is ${known.status}`}.`,
    errors: [{ pointer: '/chargebackReference', detail: 'was used before' }],
    ...(known === undefined ? {} : { extra: { chargeback: chargebackView(known) } }),
  });

export const alreadyEnded = (status: string): AppError =>
  new AppError({ code: 'payment.chargeback.ended', detail: `The chargeback is ${status} already.` });
