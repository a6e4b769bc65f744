import { Api } from '../demo/http.mjs';
import type { Shop } from './shop';

interface TransactionView {
  readonly id: string;
  readonly status: string;
  readonly openAmount: number;
}

interface InvoiceView {
  readonly id: string;
  readonly issuanceStatus: string;
}

/**
 * At the end of the day the owner cancels what nobody paid, and sends again what the e-invoice vendor refused, as the
 * runbook says. What cannot be done yet is refused, and tried again at the next look.
 */
export async function closeTheDay({ urls, merchant }: Shop): Promise<void> {
  const { merchantId, staff } = merchant;
  const owner = (baseUrl: string): Api => new Api(baseUrl, { token: staff.owner.token, merchantId });
  const [payment, invoice] = [owner(urls.payment), owner(urls.invoice)];
  const transactions = await payment.all<TransactionView>('/transactions?limit=100').catch(() => []);
  for (const { id } of transactions.filter(({ status, openAmount }) => status === '100_NEW' || openAmount > 0))
    await payment
      .send('POST', '/payments/cancel', { transactionId: id, reason: 'closing time' })
      .catch(() => undefined);
  const invoices = await invoice.all<InvoiceView>('/invoices?limit=100').catch(() => []);
  for (const { id } of invoices.filter(({ issuanceStatus }) => issuanceStatus === 'FAILED'))
    await invoice.send('POST', `/invoices/${id}/retry`).catch(() => undefined);
}
