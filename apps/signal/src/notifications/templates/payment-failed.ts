import type { NotificationTemplate } from './template';

export const PAYMENT_FAILED: NotificationTemplate = {
  type: 'PAYMENT_FAILED',
  vi: {
    title: 'Thanh toán không thành công[ {amount}]',
    content: 'Thanh toán[ {amount}][ cho đơn hàng {orderNumber}][ qua {provider}] không thành công.[ Lý do: {reason}.]',
  },
  en: {
    title: 'Payment failed[ {amount}]',
    content: 'A payment[ of {amount}][ for order {orderNumber}][ through {provider}] failed.[ Reason: {reason}.]',
  },
};
