import type { NotificationTemplate } from './template';

export const PAYMENT_SUCCESS: NotificationTemplate = {
  type: 'PAYMENT_SUCCESS',
  vi: {
    title: 'Thanh toán thành công[ {amount}]',
    content: 'Đã nhận thanh toán[ {amount}][ cho đơn hàng {orderNumber}][ qua {provider}].',
  },
  en: {
    title: 'Payment received[ {amount}]',
    content: 'A payment[ of {amount}][ for order {orderNumber}] was received[ through {provider}].',
  },
};
