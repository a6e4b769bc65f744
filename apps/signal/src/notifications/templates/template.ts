/**
 * Texts of one type in one language. `{name}` is a member of the message's data; a part in square brackets is left
 * out when one of its members is missing.
 */
export interface Wording {
  readonly title: string;
  readonly content: string;
}

export interface NotificationTemplate {
  readonly type: string;
  readonly vi: Wording;
  readonly en: Wording;
}
