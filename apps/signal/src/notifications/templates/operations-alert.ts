import type { NotificationTemplate } from './template';

export const OPERATIONS_ALERT: NotificationTemplate = {
  type: 'OPERATIONS_ALERT',
  vi: {
    title: 'Cảnh báo vận hành[: {subject}]',
    content: 'Cần kiểm tra[: {message}].',
  },
  en: {
    title: 'Operations alert[: {subject}]',
    content: 'Needs attention[: {message}].',
  },
};
