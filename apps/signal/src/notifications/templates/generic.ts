import type { NotificationTemplate } from './template';

/** For types without a template of their own: the message brings its words. */
export const GENERIC: NotificationTemplate = {
  type: '*',
  vi: { title: '{title}', content: '[{content}]' },
  en: { title: '{title}', content: '[{content}]' },
};
