import type { NotificationTemplate } from './template';

export const INVOICE_FAILED: NotificationTemplate = {
  type: 'INVOICE_FAILED',
  vi: {
    title: 'Phát hành hóa đơn không thành công',
    content: 'Không phát hành được hóa đơn[ của đơn hàng {orderNumber}][ trị giá {amount}].[ Lý do: {reason}.]',
  },
  en: {
    title: 'Invoice could not be issued',
    content: 'The invoice[ for order {orderNumber}][ over {amount}] could not be issued.[ Reason: {reason}.]',
  },
};
