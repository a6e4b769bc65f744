import type { NotificationTemplate } from './template';

export const REFUND_SUCCESS: NotificationTemplate = {
  type: 'REFUND_SUCCESS',
  vi: {
    title: 'Hoàn tiền thành công[ {amount}]',
    content: 'Đã hoàn tiền[ {amount}][ cho đơn hàng {orderNumber}][ qua {provider}].',
  },
  en: {
    title: 'Refund completed[ {amount}]',
    content: 'A refund[ of {amount}][ for order {orderNumber}] was completed[ through {provider}].',
  },
};
