import { randomUUID } from 'node:crypto';
import { Api, waitFor } from './http.mjs';

export const ITEMS = [
  { name: 'Cà phê sữa đá', unit: 'ly', quantity: 2, unitPrice: '45000', taxRate: 8 },
  { name: 'Bánh mì', unit: 'cái', quantity: 1, unitPrice: '30000', taxRate: 8 },
];

/** One merchant's people at their devices: what a sale needs, step by step. Each step waits for what it promises. */
export class Till {
  constructor(urls, merchant) {
    const { merchantId, staff } = merchant;
    this.urls = urls;
    this.merchant = merchant;
    this.sandbox = new Api(urls.sandbox);
    this.cashier = new Api(urls.payment, { token: staff.cashier.token, merchantId });
    this.owner = new Api(urls.payment, { token: staff.owner.token, merchantId });
    this.invoices = new Api(urls.invoice, { token: staff.owner.token, merchantId });
  }

  /** An order in sale; its invoice follows the channel's rule, none without a channel. */
  async order({ items = ITEMS, channel, ...more } = {}) {
    const { merchantId, organizerId } = this.merchant;
    const saleChannelId = channel?.saleChannelId;
    const { order } = await this.sandbox.post('/sale/orders', {
      merchantId,
      organizerId,
      ...(saleChannelId ? { saleChannelId } : {}),
      items,
      ...more,
    });
    return order;
  }

  checkoutBody(order, { provider = 'VNPAY_QR_MMS', method = '100_QR_CODE', amount, transactionId } = {}) {
    return {
      source: { type: 'SaleOrder', id: order.id, uid: order.number },
      payment: { provider, method, total: order.total, currency: 'VND', ...(amount ? { amount } : {}) },
      ...(transactionId ? { transactionId } : {}),
    };
  }

  checkout(order, options = {}) {
    const headers = { 'idempotency-key': options.key ?? randomUUID() };
    return this.cashier.post('/payments/checkout', this.checkoutBody(order, options), headers);
  }

  /** Cash or a transfer at the counter. */
  receive(attempt, tendered, headers = {}) {
    return this.cashier.post('/payments/system/ipn', { attempt: { id: attempt.id }, tendered }, headers);
  }

  /** The buyer scans the code with the bank's app; answers when the vendor has called back. */
  pay(checkout, more = {}) {
    return this.sandbox.post('/vnpay/qr-mms/buyers/pay', {
      qrContent: checkout.payment.qrCode,
      wait: true,
      ...more,
    });
  }

  /** The transaction once it has the status. */
  transaction(id, status, options) {
    return waitFor(
      `transaction ${id} in ${status}`,
      async (note) => {
        const transaction = await this.cashier.get(`/transactions/${id}`);
        note({
          status: transaction.status,
          paid: transaction.paid,
          attempts: transaction.attempts.map((a) => a.status),
        });
        return transaction.status === status ? transaction : null;
      },
      options,
    );
  }

  deliveries(transactionId) {
    return this.owner
      .all(`/webhook-configs/${this.merchant.webhook.id}/deliveries?limit=200`)
      .then((rows) => rows.filter((row) => row.transactionId === transactionId));
  }

  /** The delivery of one event of a transaction, once the subscriber has taken it. */
  delivered(transactionId, eventType, options) {
    return waitFor(
      `webhook ${eventType} delivered`,
      async (note) => {
        const rows = await this.deliveries(transactionId);
        note(rows.map(({ eventType: type, status, lastError }) => ({ type, status, lastError })));
        return rows.find((row) => row.eventType === eventType && row.status === 'DELIVERED');
      },
      options,
    );
  }

  /** Sale's file of the order once it has the status. */
  orderIn(orderId, status, options) {
    return waitFor(
      `order ${orderId} in ${status}`,
      async (note) => {
        const file = await this.sandbox.get(`/sale/orders/${orderId}`);
        note({ status: file.order.status, paid: file.paid, webhooks: file.webhooks.map((hook) => hook.eventType) });
        return file.order.status === status ? file : null;
      },
      options,
    );
  }

  /** The invoice of an order once it is in the status. */
  invoice(orderId, status = 'SUCCESS', options = {}) {
    return waitFor(
      `invoice of order ${orderId} in ${status}`,
      async (note) => {
        const { data } = await this.invoices.get(`/invoices?sourceId=${encodeURIComponent(orderId)}`);
        note(data.map(({ id, issuanceStatus, findings, metadata }) => ({ id, issuanceStatus, findings, metadata })));
        return data.find((invoice) => invoice.issuanceStatus === status);
      },
      { timeoutMs: 30_000, everyMs: 60, ...options },
    );
  }

  inbox(person, query = '') {
    const api = new Api(this.urls.signal, { token: this.merchant.staff[person].token });
    return api.get(`/notifications${query}`).then(({ data }) => data);
  }

  /** A person's stored notification of a type that `fits`. */
  notification(person, type, fits, options) {
    return waitFor(
      `notification ${type} for ${person}`,
      async (note) => {
        const rows = await this.inbox(person, '?limit=100');
        note(rows.map((row) => row.type));
        return rows.find((row) => row.type === type && fits(row));
      },
      options,
    );
  }
}
