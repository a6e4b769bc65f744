import { toDataURL } from 'qrcode';
import type { Attempt, Transaction } from '../transactions/transaction';
import { attemptView, transactionView } from '../transactions/transaction.view';
import type { CheckoutAnswer } from './checkout.dto';

/** What the POS shows. Level M and a quiet zone of four modules are what the banks' apps read. */
export const checkoutAnswer = async (transaction: Transaction, attempt: Attempt): Promise<CheckoutAnswer> => ({
  transaction: transactionView(transaction),
  attempt: attemptView(attempt),
  payment: {
    qrCode: attempt.qrContent,
    qrImage:
      attempt.qrContent === null ? null : await toDataURL(attempt.qrContent, { errorCorrectionLevel: 'M', margin: 4 }),
    payUrl: attempt.payUrl,
    expiresAt: new Date(attempt.expiresAt).toISOString(),
  },
});
