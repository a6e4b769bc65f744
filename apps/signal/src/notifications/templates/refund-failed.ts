import type { NotificationTemplate } from './template';

export const REFUND_FAILED: NotificationTemplate = {
  type: 'REFUND_FAILED',
  vi: {
    title: 'Hoàn tiền không thành công[ {amount}]',
    content: 'Hoàn tiền[ {amount}][ cho đơn hàng {orderNumber}][ qua {provider}] không thành công.[ Lý do: {reason}.]',
  },
  en: {
    title: 'Refund failed[ {amount}]',
    content: 'A refund[ of {amount}][ for order {orderNumber}][ through {provider}] failed.[ Reason: {reason}.]',
  },
};
