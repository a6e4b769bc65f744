import type { NotificationTemplate } from './template';

export const CLAIM_EXPIRED: NotificationTemplate = {
  type: 'CLAIM_EXPIRED',
  vi: {
    title: 'Hết hạn yêu cầu hóa đơn',
    content: 'Người mua[ của đơn hàng {orderNumber}] không yêu cầu hóa đơn trong thời hạn[; giá trị {amount}].',
  },
  en: {
    title: 'Invoice claim expired',
    content: 'The buyer[ of order {orderNumber}] did not claim the invoice in time[; amount {amount}].',
  },
};
