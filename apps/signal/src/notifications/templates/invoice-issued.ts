import type { NotificationTemplate } from './template';

export const INVOICE_ISSUED: NotificationTemplate = {
  type: 'INVOICE_ISSUED',
  vi: {
    title: 'Đã phát hành hóa đơn[ {invoiceNumber}]',
    content:
      'Hóa đơn[ {invoiceSymbol}][ số {invoiceNumber}][ của đơn hàng {orderNumber}][ trị giá {amount}] đã được phát hành.',
  },
  en: {
    title: 'Invoice issued[ {invoiceNumber}]',
    content:
      'Invoice[ {invoiceSymbol}][ no. {invoiceNumber}][ for order {orderNumber}][ over {amount}] has been issued.',
  },
};
